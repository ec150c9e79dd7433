"""Loading a run for inference."""

from __future__ import annotations

from pathlib import Path

from hyperpose_core.build import get_model
from hyperpose_core.config import Config, resolve_config
from hyperpose_core.errors import CheckpointError
from hyperpose_core.families import Family
from hyperpose_core.inference.predictor import Predictor
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.runs import Run
from hyperpose_core.weights import assign_weights, load_weights, named_weights


def load_predictor(
    run: str | Path, config: Config | None = None, registry: Registry | None = None
) -> Predictor:
    """Load the newest model of a run.

    Args:
        run: the run's folder, `save_dir/<model_name>`.
        config: the run's own where None.

    Returns:
        a function from an image to people.

    Raises:
        CheckpointError: the folder holds no trained model, or one of another architecture.
    """
    folder = Run(Path(run))
    if not folder.newest_model.is_file():
        raise CheckpointError(
            f"there is no trained model {folder.newest_model}; train one with: "
            f"hyperpose train {folder.words}"
        )
    registry = registry or get_registry()
    config = config or resolve_config(run=folder.config)
    model = get_model(config, registry, pretrained=False)
    load_newest(folder, model)
    return Predictor(model, Family.of(config, registry), config)


def load_newest(run: Run, model: object) -> None:
    """Set a model's weights to the newest of a run; CheckpointError where they do not fit."""
    arrays = load_weights(run.newest_model)
    assign_weights(named_weights(model), arrays, origin=f"the file {run.newest_model}")  # type: ignore[arg-type]
