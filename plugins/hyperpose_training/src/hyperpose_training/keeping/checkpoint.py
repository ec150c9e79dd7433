"""Checkpoints: everything that resuming needs, in one file that is written whole or not at all.

The arrays of a file: those of `TrainStep.variables` under their names, and `progress`, the fields
of `Progress` as JSON; and where workers differ by design `replicas/...`, the values of each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.build.weights import assign_weights, load_weights, save_weights
from hyperpose_core.config.calls import OptimizerCall
from hyperpose_core.errors import CheckpointError
from hyperpose_core.runs import Run
from hyperpose_core.support.files import remove_leftovers
from hyperpose_training.keeping.fields import check_fields

if TYPE_CHECKING:
    from pathlib import Path

    from hyperpose_training.steps.step import TrainStep

REPLICAS = "replicas/"
"""How the names of arrays begin that hold a variable's values on all workers, `[workers, ...]`."""
KINDS = {
    "ema": ("a moving average of the weights", "train.ema_decay"),
    "scale": ("the scale of the loss", "train.precision=float16"),
    "objective": ("the weights of an objective", "train.objectives"),
}
"""What only some trainings have: in words, and the setting that switches it on."""


@dataclass
class Progress:
    """Where a training is.

    Args:
        step: how many steps are done.
        position: the position of the next image in the training's order.
        seed: the seed that the order comes from.
        kept: what the loop remembers besides: plain data, such as the best metric.
        origin: the plugins and settings, as `origin.origin` returns them.
    """

    step: int = 0
    position: int = 0
    seed: int = 0
    kept: dict[str, Any] = field(default_factory=dict)
    origin: Mapping[str, Any] = field(default_factory=dict)


def save_checkpoint(
    run: Run,
    state: TrainStep,
    progress: Progress,
    replicas: Mapping[str, NDArray[Any]] | None = None,
) -> Path:
    """Write `checkpoint-<step>.npz` and then `newest_model.npz`; delete older checkpoints.

    A kill between the two leaves a model that is one checkpoint older, both files whole.

    Args:
        replicas: of each variable the values of all workers, where they differ; those of `state`
            are their means.
    """
    arrays: dict[str, Any] = {name: variable.numpy() for name, variable in state.variables.items()}
    arrays |= {f"{REPLICAS}{name}": stack for name, stack in (replicas or {}).items()}
    arrays["progress"] = np.array(json.dumps(asdict(progress)))
    path = run.model_dir / f"checkpoint-{progress.step:08d}.npz"
    save_weights(path, arrays)
    save_weights(run.newest_model, state.model_arrays())
    for old in _not_needed(run, progress.step, state.config.train.keep_checkpoints):
        old.unlink(missing_ok=True)
    remove_leftovers(run.model_dir)
    return path


def checkpoints(run: Run) -> list[Path]:
    """Return the run's checkpoints, the oldest first."""
    return sorted(p for p in run.model_dir.glob("checkpoint-*.npz") if _step_of(p) is not None)


def load_checkpoint(
    run: Run, state: TrainStep, warn: Callable[[str], None] | None = None
) -> Progress:
    """Set everything that steps change to the newest checkpoint and return where it was.

    Args:
        warn: is told when the newest checkpoint is damaged and the one before it is taken.

    Raises:
        CheckpointError: there is none that can be read, or the newest that can belongs to another
            architecture, optimizer or kind of training.
    """
    path, arrays, progress = _newest_readable(run, warn)
    arrays = {name: array for name, array in arrays.items() if not name.startswith(REPLICAS)}
    _check_kinds(path, arrays, state, progress)
    assign_weights(state.variables, arrays, origin=f"the checkpoint {path}")
    return progress


def load_replicas(run: Run, step: int) -> dict[str, NDArray[Any]]:
    """Return what `save_checkpoint` got as `replicas` at a step; nothing where they were equal."""
    path = run.model_dir / f"checkpoint-{step:08d}.npz"
    arrays = load_weights(path) if path.is_file() else {}
    names = [name for name in arrays if name.startswith(REPLICAS)]
    return {name.removeprefix(REPLICAS): arrays[name] for name in names}


def _newest_readable(
    run: Run, warn: Callable[[str], None] | None
) -> tuple[Path, dict[str, NDArray[Any]], Progress]:
    found = checkpoints(run)
    if not found:
        raise CheckpointError(
            f"the run {run.folder} has no checkpoint to resume from; train without --resume"
        )
    problems: list[str] = []
    for path in reversed(found):
        try:
            arrays = load_weights(path)
            progress = _progress(path, arrays)
        except CheckpointError as error:
            problems.append(str(error))
            continue
        if problems and warn:
            warn(f"{'; '.join(problems)}. Going on from the one before it, {path}")
        return path, arrays, progress
    raise CheckpointError(
        f"no checkpoint of the run {run.folder} can be read: {'; '.join(problems)}. Restore one "
        f"from a copy, or train anew under another --name"
    )


def _progress(path: Path, arrays: dict[str, NDArray[Any]]) -> Progress:
    try:
        said = json.loads(str(arrays.pop("progress")))
        check_fields(said)
        return Progress(**said)
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise CheckpointError(
            f"{path} is no checkpoint that this version reads: its entry 'progress' is missing or "
            f"has other fields ({error})"
        ) from error


def _check_kinds(
    path: Path, arrays: Mapping[str, object], state: TrainStep, progress: Progress
) -> None:
    """Raise CheckpointError where a whole kind of arrays is missing or left over."""
    before = progress.origin.get("settings", {}).get("train.optimizer")
    now = state.config.train.optimizer
    if before is not None and OptimizerCall.from_setting(before).name != now.name:
        raise CheckpointError(
            f"the checkpoint {path} was written by the optimizer {before}, this training has "
            f"{now}: resume with --set train.optimizer={before}, or train anew under another --name"
        )
    has = {name.split("/")[0] for name in arrays}
    needs = {name.split("/")[0] for name in state.variables}
    for kind, (words, setting) in KINDS.items():
        if kind in needs - has:
            raise CheckpointError(
                f"the checkpoint {path} lacks {words}, which this training has: resume without "
                f"{setting}, as it was trained, or train anew under another --name"
            )
        if kind in has - needs:
            raise CheckpointError(
                f"the checkpoint {path} has {words}, which this training lacks: resume with "
                f"{setting}, as it was trained, or train anew under another --name"
            )


def _not_needed(run: Run, step: int, keep: int) -> list[Path]:
    """Return all but the last checkpoints; those of later steps were damaged, or are replaced."""
    found = checkpoints(run)
    later = [path for path in found if (_step_of(path) or 0) > step]
    return [*[path for path in found if path not in later][:-keep], *later]


def _step_of(path: Path) -> int | None:
    match = re.fullmatch(r"checkpoint-(\d+)\.npz", path.name)
    return int(match[1]) if match else None
