"""Origins: trained models with which another begins, from runs or files (`model.weights`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from hyperpose_core.build.weights import load_weights
from hyperpose_core.config import Config, from_dict, load_run_config, snapshot, to_dict
from hyperpose_core.errors import CheckpointError
from hyperpose_core.registry import Registry
from hyperpose_core.runs import Run
from hyperpose_core.specs import WeightImporterSpec
from hyperpose_training.start.importers import find_importer
from hyperpose_training.start.together import AUXILIARY, kept_together

if TYPE_CHECKING:
    from hyperpose_core.contracts import Model, WeightImporter

LIKE_THE_ORIGINS = (
    *("model.type", "model.backbone", "model.width", "model.backbone_width", "model.stages"),
    *("model.padding", "model.options", "model.input_size", "train.norm", "eval.fit"),
)
"""What the weights were made for: settings that a model has from its origin, unless set."""


@dataclass(frozen=True)
class Origin:
    """A trained model.

    Args:
        path: the file of its weights.
        settings: `"group.key"` to value, with which it was trained or is to be used.
        importer: what reads the file; None: it is this library's.
    """

    path: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    importer: WeightImporter | None = None

    def defaults(self, config: Config, registry: Registry) -> dict[str, Any]:
        """Return the settings that a model which begins with it has, unless they are set.

        Args:
            config: what is set of the new model's configuration, and defaults.
        """
        found = {key: self.settings[key] for key in LIKE_THE_ORIGINS if key in self.settings}
        options = dict(found.get("model.options", {}))
        options.pop(AUXILIARY, None)  # those that it has itself say nothing about the new model
        found["model.options"] = options
        if "model.skeleton" not in self.settings:
            return found
        new = snapshot(config)
        if new.model.type == Config().model.type:
            new.model.type = found.get("model.type", new.model.type)
        new.model.options = {**options, **new.model.options}
        return {**found, **kept_together(new, self.config(config), registry)}

    def config(self, like: Config) -> Config:
        """Return a configuration of the origin's own model.

        Args:
            like: has what the origin does not say.
        """
        from hyperpose_core.config import set_option

        config = from_dict({"model": {**to_dict(like)["model"], "weights": None}})
        config.model.backbone_weights = None
        for key, value in self.settings.items():
            if key.startswith("model.") and value is not None:
                set_option(config, key, value)
        return config

    def read(self, model: Model) -> Mapping[str, NDArray[Any]]:
        """Return its arrays by name.

        Args:
            model: of its own configuration.

        Raises:
            CheckpointError: the file cannot be read.
        """
        if self.importer is None:
            return load_weights(self.path)
        return self.importer.read(self.path, model).arrays


def find_origin(config: Config, registry: Registry) -> Origin:
    """Find what `model.weights` names: a run, its folder, one of its models, or another file.

    Raises:
        CheckpointError: there is no such run or file, or nothing reads it.
    """
    name = str(config.model.weights)
    for folder in (Path(name), Path(config.log.save_dir) / name):
        run = Run(folder)
        if run.newest_model.is_file():
            return Origin(run.newest_model, _of_run(run))
    path = Path(name)
    if folders := [f for f in (path, Path(config.log.save_dir) / name) if f.is_dir()]:
        raise CheckpointError(
            f"model.weights is {name!r}: the folder {folders[0]} is no run with weights, it has no "
            f"{Run(folders[0]).newest_model.relative_to(folders[0])}"
        )
    if not path.is_file():
        raise CheckpointError(
            f"model.weights is {name!r}: there is no run of that name in {config.log.save_dir}, "
            f"and no such folder or file"
        )
    run = Run(path.absolute().parent.parent)
    if path.absolute() in (run.newest_model, run.best_model) and run.exists():
        return Origin(path, _of_run(run))
    architecture = config.model.type
    found, importer = find_importer(path, architecture, registry, any_model=True)
    settings = dict(importer.settings(path))
    spec = registry.get("weight_importer", found)
    if isinstance(spec, WeightImporterSpec) and len(spec.models) == 1:
        settings.setdefault("model.type", spec.models[0])
    return Origin(path, settings, importer)


def _of_run(run: Run) -> dict[str, Any]:
    """Return a run's settings; none of one that was copied without its configuration."""
    if not run.exists():
        return {}
    groups = to_dict(from_dict(load_run_config(run.config)))
    return {
        f"{name}.{key}": value for name, group in groups.items() for key, value in group.items()
    }
