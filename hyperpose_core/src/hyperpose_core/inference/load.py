"""Loading a run for inference."""

from __future__ import annotations

from pathlib import Path

from hyperpose_core.build import completed, get_model
from hyperpose_core.build.weights import assign_weights, load_weights, named_weights
from hyperpose_core.config import Config, resolve_config
from hyperpose_core.errors import CheckpointError
from hyperpose_core.families import Family
from hyperpose_core.inference.predictor import Predictor
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.runs import Run


def load_predictor(
    run: str | Path, config: Config | None = None, registry: Registry | None = None
) -> Predictor:
    """Load the newest model of a run, or the best: `test.weights` says which.

    Args:
        run: the run's folder, `save_dir/<model_name>`.
        config: the run's own where None.

    Returns:
        a function from an image to people.

    Raises:
        CheckpointError: the folder holds no trained model, or one of another architecture.
    """
    folder = Run(Path(run))
    weights = config.test.weights if config else "newest"
    check_model(folder, weights)
    registry = registry or get_registry()
    config = completed(config or resolve_config(run=folder.config), registry)
    model = get_model(config, registry, pretrained=False)
    load_model(folder, model, weights)
    return Predictor(model, Family.of(config, registry), config)


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
