"""Loading for inference: a run, or a file that was exported from one."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import cast

from hyperpose_core.build import completed, get_model
from hyperpose_core.build.weights import assign_weights, load_weights, named_weights
from hyperpose_core.config import Config, resolve_config
from hyperpose_core.errors import CheckpointError, InputError
from hyperpose_core.families import Family
from hyperpose_core.inference.predictor import Predictor
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.runs import Run
from hyperpose_core.specs import RuntimeSpec
from hyperpose_core.support.missing_tensorflow import need_tensorflow


def load_predictor(
    run: str | Path,
    config: Config | None = None,
    registry: Registry | None = None,
    runtime: str | None = None,
) -> Predictor:
    """Load the newest model of a run, or the best: `test.weights` says which; or an exported file.

    Args:
        run: the run's folder, `save_dir/<model_name>`; or a file that has its description beside
            it, as `hyperpose export` writes it.
        config: the run's own where None.
        runtime: what runs an exported file; None: the first that can and is installed.

    Returns:
        a function from an image to people.

    Raises:
        CheckpointError: the folder holds no trained model, or one of another architecture.
        InputError: nothing that is installed runs the exported file.
        DataError: there is no such file, or no description beside it.
    """
    registry = registry or get_registry()
    path = Path(run)
    named_as_exported = not path.is_dir() and path.name.endswith(_endings(registry))
    if runtime is not None or named_as_exported or description(path).is_file():
        runtime = runtime or runtime_of(path, registry)
        return cast(Predictor, registry.make("runtime", runtime, path, config, registry))
    need_tensorflow()
    from hyperpose_core.inference.forward import network_of

    folder = Run(path)
    weights = config.test.weights if config else "newest"
    check_model(folder, weights)
    config = completed(config or resolve_config(run=folder.config), registry)
    model = get_model(config, registry, pretrained=False)
    load_model(folder, model, weights)
    return Predictor(network_of(model, config), Family.of(config, registry), config)


def description(file: Path) -> Path:
    """Return the JSON beside an exported file, which also has its run's configuration."""
    return Path(f"{file}.json")


def runtime_of(file: Path, registry: Registry) -> str:
    """Return the name of the first runtime for an exported file, of those that are installed.

    Raises:
        InputError: there is none for its ending.
    """
    specs = cast(list[RuntimeSpec], registry.specs(RuntimeSpec.kind))
    able = [
        (importlib.util.find_spec(spec.module) is None, name)
        for name, spec in zip(registry.names(RuntimeSpec.kind), specs, strict=True)
        if file.name.endswith(spec.endings)
    ]
    if not able:
        raise InputError(
            f"no installed plugin runs {file}: those that there are run files that end with "
            f"{', '.join(_endings(registry)) or 'nothing'} (hyperpose list-plugins --kind runtime)"
        )
    return min(able, key=lambda one: one[0])[1]


def _endings(registry: Registry) -> tuple[str, ...]:
    """Return those of exported files that an installed plugin runs."""
    specs = cast(list[RuntimeSpec], registry.specs(RuntimeSpec.kind))
    return tuple(sorted({ending for spec in specs for ending in spec.endings}))


def check_model(run: Run, weights: str = "newest") -> None:
    """Raise CheckpointError where a run has no `newest` or no `best` model."""
    if run.model(weights).is_file():
        return
    if weights == "best" and run.newest_model.is_file():
        raise CheckpointError(
            f"the run {run.folder} has no {run.best_model.name}: a training keeps it with "
            f"train.eval_interval above 0; use --weights newest"
        )
    raise CheckpointError(
        f"there is no trained model {run.model(weights)}; train one with: "
        f"hyperpose train {run.words}"
    )


def load_model(run: Run, model: object, weights: str = "newest") -> None:
    """Set a model's weights to the `newest` or `best` of a run.

    Raises:
        CheckpointError: there are none, or they do not fit.
    """
    check_model(run, weights)
    path = run.model(weights)
    assign_weights(named_weights(model), load_weights(path), origin=f"the file {path}")  # type: ignore[arg-type]
