"""Checkpoints: everything that resuming needs, in one file that is written whole or not at all."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hyperpose_core.errors import CheckpointError
from hyperpose_core.files import remove_leftovers
from hyperpose_core.runs import Run
from hyperpose_core.weights import assign_weights, load_weights, save_weights

if TYPE_CHECKING:
    from pathlib import Path

    from hyperpose_core.training.step import TrainStep

KEEP = 2


@dataclass
class Progress:
    """Where a training is.

    Args:
        step: how many steps are done.
        position: the position of the next image in the training's order.
        seed: the seed that the order comes from.
    """

    step: int = 0
    position: int = 0
    seed: int = 0


def save_checkpoint(run: Run, state: TrainStep, progress: Progress) -> Path:
    """Write `checkpoint-<step>.npz` and then `newest_model.npz`; delete older checkpoints.

    A kill between the two leaves a model that is one checkpoint older, both files whole.
    """
    weights = {name: variable.numpy() for name, variable in state.weights.items()}
    slots = {name: variable.numpy() for name, variable in state.optimizer.slots.items()}
    arrays: dict[str, Any] = {f"weights/{name}": array for name, array in weights.items()}
    arrays |= {f"optimizer/{name}": array for name, array in slots.items()}
    arrays["progress"] = np.array(json.dumps(asdict(progress)))
    path = run.model_dir / f"checkpoint-{progress.step:08d}.npz"
    save_weights(path, arrays)
    save_weights(run.newest_model, weights)
    for old in checkpoints(run)[:-KEEP]:
        old.unlink(missing_ok=True)
    remove_leftovers(run.model_dir)
    return path


def checkpoints(run: Run) -> list[Path]:
    """Return the run's checkpoints, the oldest first."""
    return sorted(p for p in run.model_dir.glob("checkpoint-*.npz") if _step_of(p) is not None)


def load_checkpoint(run: Run, state: TrainStep) -> Progress:
    """Set weights and optimizer to the newest checkpoint and return where it was.

    Raises:
        CheckpointError: there is none, or it belongs to another architecture or optimizer.
    """
    found = checkpoints(run)
    if not found:
        raise CheckpointError(
            f"the run {run.folder} has no checkpoint to resume from; train without --resume"
        )
    path = found[-1]
    arrays = load_weights(path)
    progress = Progress(**json.loads(str(arrays.pop("progress"))))
    variables = {f"weights/{name}": v for name, v in state.weights.items()}
    variables |= {f"optimizer/{name}": v for name, v in state.optimizer.slots.items()}
    assign_weights(variables, arrays, origin=f"the checkpoint {path}")
    return progress


def _step_of(path: Path) -> int | None:
    match = re.fullmatch(r"checkpoint-(\d+)\.npz", path.name)
    return int(match[1]) if match else None
