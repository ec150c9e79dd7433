"""The beginning: what a run holds already, whether a training may go on from it, and alone."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from hyperpose_core.contracts import Strategy
from hyperpose_core.errors import InputError
from hyperpose_core.runs import Run
from hyperpose_core.support.lock import HOLDER, held
from hyperpose_core.training.checkpoint import checkpoints


@contextlib.contextmanager
def alone(run: Run, strategy: Strategy, warn: Callable[[str], object]) -> Iterator[None]:
    """Keep other trainings from a run. All workers call it; worker 0, which writes, has the lock.

    Raises:
        InputError: another training has it; all workers say so.
    """
    taken = (
        f"the run {run.folder} is being trained by {HOLDER}: wait for its end, or choose "
        f"another --name"
    )
    with contextlib.ExitStack() as stack:
        problem = ""
        if strategy.rank == 0:
            try:
                stack.enter_context(held(run.folder / ".training", taken, warn))
            except InputError as error:
                problem = str(error)
        if problem := strategy.gather(problem.encode())[0].decode():
            raise InputError(problem)
        yield


def check_beginning(run: Run, resume: bool | None) -> Path | None:
    """Return the weights that a training begins with, where a run has some and no checkpoint.

    No training overwrites weights that it did not begin with.

    Args:
        resume: False: the training is to be a new one.

    Returns:
        the run's model; None where the training begins with a checkpoint, or is a new one.

    Raises:
        InputError: it is to be a new one, and the run has a checkpoint or a model; or the run has
            two models and no checkpoint.
    """
    found, models = checkpoints(run), run.models
    if found and resume is not False:
        return None
    if found:
        raise InputError(
            f"the run {run.folder} is already trained up to {found[-1].stem}: go on with "
            f"--resume, or choose another --name"
        )
    if len(models) > 1:
        raise InputError(
            f"the run {run.folder} has no checkpoint, and two models that a training would "
            f"overwrite, {' and '.join(p.name for p in models)}: move one of them elsewhere and "
            f"begin with the other by --resume, or choose another --name"
        )
    if models and resume is False:
        raise InputError(
            f"the run {run.folder} has weights, {models[0].name}, and no checkpoint: begin with "
            f"these weights by --resume, or choose another --name"
        )
    return models[0] if models else None


def copy_beginning(run: Run, trial: Run) -> None:
    """Copy what a training of a run would begin with into another run."""
    for path in checkpoints(run)[-1:] or run.models:
        trial.model_dir.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, trial.model_dir)
