"""A run from a file of weights: what `eval` and `infer` need, and nothing that training left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hyperpose_core.build import completed, get_model
from hyperpose_core.build.skeleton import model_spec
from hyperpose_core.build.weights import (
    Fit,
    assign_weights,
    check_numbers,
    named_weights,
    save_weights,
)
from hyperpose_core.config import Config, resolve_config
from hyperpose_core.errors import CheckpointError, InputError
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.runs import Run
from hyperpose_training.start.importers import find_importer


@dataclass(frozen=True)
class Imported:
    """What an import did.

    Args:
        run: where the model is kept.
        format: the importer that read the file.
        fit: which arrays the model got, and which did not fit.
    """

    run: Run
    format: str
    fit: Fit

    def to_dict(self) -> dict[str, Any]:
        """Return what `hyperpose import-weights --json` prints."""
        return {"run": str(self.run.folder), "format": self.format, **asdict(self.fit)}


def import_weights(
    path: str | Path,
    options: Mapping[str, Any],
    sets: Iterable[str] = (),
    *,
    file_format: str | None = None,
    trust_pickle: bool = False,
    partial: bool = False,
    registry: Registry | None = None,
) -> Imported:
    """Make a run of a model with the weights of a file.

    Args:
        options: settings, `"group.key"` to value; `model.type` and `model.name` are needed. They
            win over the settings that the importer gives.
        sets: texts `"group.key=value"`, which win over both.
        file_format: the importer's name; None: the one that recognises the file.
        trust_pickle: the file may be unpickled, by an unpickler that runs nothing.
        partial: assign what fits; where False, everything has to.

    Raises:
        InputError: there is such a run already.
        CheckpointError: the file cannot be read, or does not fit the model.
        ConfigError, UnknownComponentError, PluginError: a setting is wrong, or a component missing.
    """
    path, sets, registry = Path(path), list(sets), registry or get_registry()
    config = resolve_config(options=options, sets=sets)
    run = _new_run(config)
    architecture = model_spec(config.model.type, registry).name
    name, importer = find_importer(path, architecture, registry, file_format)
    config = resolve_config(options={**importer.settings(path), **_given(options)}, sets=sets)
    model = get_model(config, registry, pretrained=False)
    read = importer.read(path, model, trust_pickle)
    arrays = read.arrays
    variables = named_weights(model)
    used = {name: array for name, array in arrays.items() if name in variables}
    check_numbers(used, f"the file {path}")
    if not partial:
        advice = (
            "Choose the architecture, backbone, width (--set model.width) and keypoints "
            "(--dataset) that it is for; --partial loads what fits"
        )
        assign_weights(variables, arrays, f"the file {path} ({name})", advice, shown=None)
    fit = Fit.of(variables, arrays)
    for fitting in fit.fitting:
        variables[fitting].assign(arrays[fitting])
    if not fit.fitting:
        raise CheckpointError(f"no array of {path} ({name}) fits {architecture}")
    needed = {**importer.settings(path), **read.settings, **_given(options)}
    config = completed(resolve_config(options=needed, sets=sets), registry)
    run.save_config(config, {r.name: r.version for r in registry.records})
    save_weights(run.newest_model, {n: variable.numpy() for n, variable in variables.items()})
    return Imported(run, name, fit)


def _new_run(config: Config) -> Run:
    run = Run.of(config)
    if run.exists() or run.model_dir.exists():
        raise InputError(
            f"there is a run {run.folder} already: choose another --name, or delete it"
        )
    return run


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if value is not None}
