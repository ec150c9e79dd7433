"""The kit: for every kind of component the checks of what its contract promises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from hyperpose_core.config import resolve_config
from hyperpose_core.errors import UnknownComponentError
from hyperpose_core.plugins import PluginRecord, discover
from hyperpose_core.registry import Registry
from hyperpose_core.specs import load_target
from hyperpose_core.support.names import did_you_mean, normalize
from hyperpose_plugintools.kit.check import BrokenPromiseError, Check, Subject, Test

__all__ = ["CHECKS_OF", "BrokenPromiseError", "Check", "plugin_checks"]

CHECKS_OF = {
    "plugin": "importing:CHECKS",
    "filter": "filters:CHECKS",
    "dataset": "datasets:CHECKS",
    "metric": "metrics:CHECKS",
    "augmentation": "augmentations:CHECKS",
    "command": "commands:CHECKS",
    "backbone": "backbones:CHECKS",
    "model": "models:CHECKS",
    "preprocessor": "families:PREPROCESSOR",
    "postprocessor": "families:POSTPROCESSOR",
    "visualizer": "families:VISUALIZER",
    "skeleton": "skeletons:SKELETON",
    "keypoint_converter": "skeletons:CONVERTER",
    "optimizer": "optimizing:OPTIMIZER",
    "schedule": "optimizing:SCHEDULE",
    "annotation_format": "formats:CHECKS",
    "train_strategy": "strategies:CHECKS",
    "train_objective": "objectives:CHECKS",
    "collective_engine": "engines:CHECKS",
    "weight_importer": "importers:CHECKS",
}
"""Kind to where its checks are, in a module here: promise to function. Of other kinds the targets
are loaded, no more.
"""


def plugin_checks(name: str, sets: Sequence[str] = ()) -> list[Check]:
    """Return the checks of an installed plugin: its own, then those of each component.

    In a test file they are its parameters::

        @pytest.mark.parametrize("check", plugin_checks("theirs"), ids=str)
        def test_it_keeps_its_promises(check):
            check()

    Args:
        name: of the plugin (`theirs`) or its distribution (`hyperpose-theirs`).
        sets: settings to check with, as `--set` of the command line: `data.path=tests/data`.

    Raises:
        UnknownComponentError: no such plugin is installed.
        ConfigError: a setting is wrong.
    """
    registry, config = Registry(discover()), resolve_config(sets=list(sets))
    record = _record(name, registry.records)
    subjects = [Subject(registry, record, spec, config) for spec in (None, *record.specs)]
    return [check for subject in subjects for check in _checks(subject)]


def _record(name: str, records: Sequence[PluginRecord]) -> PluginRecord:
    for record in records:
        if normalize(name) in {normalize(record.name), normalize(record.distribution)}:
            return record
    names = [record.name for record in records]
    raise UnknownComponentError(
        f"no plugin {name!r} is installed{did_you_mean(name, names)}; install yours first, with "
        f"`pip install -e .` in its folder; there are {', '.join(names)}"
    )


def _checks(subject: Subject) -> Iterator[Check]:
    if subject.kind not in CHECKS_OF:
        return
    checks = load_target(f"{__name__}.{CHECKS_OF[subject.kind]}")
    for promise, test in cast("dict[str, Test]", checks).items():
        yield Check(subject, promise, test)
