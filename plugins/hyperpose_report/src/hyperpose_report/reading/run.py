"""A run as a report sees it: what its folder holds, read when it is asked for."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hyperpose_core.config import Config, from_dict, load_run_config, resolve_config, to_dict
from hyperpose_core.errors import HyperposeError, InputError
from hyperpose_core.runs import Run
from hyperpose_core.support.files import read_text
from hyperpose_report.reading.evaluation import kept
from hyperpose_report.reading.metrics_log import MetricsLog, Told, read_log, told
from hyperpose_report.reading.people import People, read_people
from hyperpose_report.reading.weights_file import WeightsFile, read_weights_file

_NAMES_THE_RUN = ("model.name", "log.save_dir")
"""Settings that differ between any two runs."""
_OF_ONE_DATASET = ("data.type", "data.version")
_LOOKED_AT = {
    **{"dataset": "data.type", "version": "data.version", "split": "data.eval_split"},
    **{"limit": "eval.limit", "filtered": "data.filter_eval"},
}
"""By parts of a protocol the settings that they tell of."""


@dataclass(frozen=True)
class ReportRun:
    """One run, and what a report has of it.

    Args:
        folder: of the run.
        label: by which the report calls it; no other run of the report has the same.
        options: `"group.key"` to value: settings that win over the run's own, for measuring.
        sets: texts `"group.key=value"`, which win over these.
    """

    folder: Path
    label: str
    options: Mapping[str, Any] = field(default_factory=dict)
    sets: Sequence[str] = ()

    @property
    def run(self) -> Run:
        """The paths of the run's files."""
        return Run(self.folder)

    @functools.cached_property
    def document(self) -> dict[str, Any]:
        """`config.json`: `config` by group and key, versions of `plugins` and `packages`."""
        settings = load_run_config(self.run.config)
        if wrong := [group for group, values in settings.items() if not isinstance(values, dict)]:
            raise InputError(f"{self.run.config}: {wrong[0]!r} is no table of settings")
        whole = json.loads(read_text(self.run.config))
        versions = {k: whole.get(k) if isinstance(whole.get(k), dict) else {} for k in _VERSIONS}
        return {"config": settings, **versions}

    @functools.cached_property
    def config(self) -> Config:
        """The configuration of the last evaluation: the run's, with what the evaluation says that
        it looked at, and what was given for this report; ConfigError as ever.
        """
        said = self.evaluation if isinstance(self.evaluation, dict) else {}
        protocol = said.get("protocol", {})
        looked_at = {key: protocol.get(name) for name, key in _LOOKED_AT.items()}
        if self.settings.get("data.datasets"):
            looked_at = {k: v for k, v in looked_at.items() if k not in _OF_ONE_DATASET}
        given = {**looked_at, **self.options}
        return resolve_config(run=self.run.config, options=given, sets=self.sets)

    @functools.cached_property
    def settings(self) -> dict[str, Any]:
        """`"group.key"` to value, as the run keeps them."""
        groups = self.document["config"].items()
        return {f"{group}.{key}": v for group, values in groups for key, v in values.items()}

    @functools.cached_property
    def changed(self) -> dict[str, Any]:
        """Those of the settings that are not the defaults, but the names of the run."""
        usual = defaults()
        return {
            key: value
            for key, value in self.settings.items()
            if key not in _NAMES_THE_RUN and (key not in usual or usual[key] != value)
        }

    @functools.cached_property
    def metrics(self) -> MetricsLog:
        """The lines of `metrics.jsonl`."""
        return read_log(self.run.metrics)

    @functools.cached_property
    def told(self) -> Told:
        """How the training began and ended."""
        return told(self.run.log)

    @functools.cached_property
    def models(self) -> list[WeightsFile | str]:
        """The newest and the best model, those that there are; a sentence for a damaged one."""
        return [read_weights_file(path) for path in self.run.models]

    @functools.cached_property
    def best(self) -> dict[str, Any]:
        """`step`, `metric` and `score` of the best model; empty where none was kept."""
        try:
            best = json.loads(read_text(self.run.best_score))
        except (OSError, ValueError, RecursionError):
            return {}
        return dict(best) if isinstance(best, dict) else {}

    @functools.cached_property
    def evaluation(self) -> dict[str, Any] | str:
        """`metrics`, `images`, `protocol` and `scores` of the last evaluation; empty where none
        was kept; a sentence where it is damaged.
        """
        return kept(self.folder)

    @functools.cached_property
    def people(self) -> People | str:
        """Who was found and who is annotated; a sentence where the two cannot be had."""
        if not self.run.results.is_file():
            return self.not_evaluated
        try:
            return read_people(self.run.results, self.config)
        except (HyperposeError, OSError) as error:
            return f"{error}{'' if str(error).endswith('.') else '.'}"

    @property
    def not_evaluated(self) -> str:
        """The sentence for a run without an evaluation."""
        return f"{self.label}: no evaluation yet. hyperpose eval {self.run.words}"


_VERSIONS = ("plugins", "packages")


@functools.cache
def defaults() -> dict[str, Any]:
    """Return `"group.key"` to the default, as a run keeps it."""
    return {
        f"{g}.{k}": v for g, values in to_dict(from_dict({})).items() for k, v in values.items()
    }


def find_run(named: str, save_dir: str) -> Path:
    """Return the folder of a run.

    Args:
        named: a name in `save_dir`, or a folder.

    Raises:
        InputError: there is none.
    """
    for path in (Path(save_dir) / named, Path(named)):
        if Run(path).exists():
            # From inside the run, '.' names it: commands need its name.
            return path if path.name not in ("", "..") else path.resolve()
    from hyperpose_core.cli.run_options import runs_in

    known = ", ".join(runs_in(save_dir)) or "none"
    raise InputError(
        f"there is no run {named!r}, neither in {save_dir}, which has {known}, nor as a folder "
        f"with a config.json"
    )
