"""The beginning: what a run holds already, whether a training may go on from it, and alone."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hyperpose_core.build import get_model, resolve_skeleton
from hyperpose_core.config import Config, from_dict, load_run_config
from hyperpose_core.contracts import Model, Strategy
from hyperpose_core.errors import InputError
from hyperpose_core.registry import Registry
from hyperpose_core.runs import Run
from hyperpose_core.support.messages import Messages
from hyperpose_training.keeping.checkpoint import checkpoints
from hyperpose_training.start.lock import HOLDER, held
from hyperpose_training.start.origins import Origin, find_origin
from hyperpose_training.start.together import AUXILIARY
from hyperpose_training.start.transfer import check_share, transfer


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


def check_beginning(run: Run, resume: bool | None, origin: Path | None = None) -> Path | None:
    """Return the weights that a training begins with, where a run has some and no checkpoint.

    No training overwrites weights that it did not begin with.

    Args:
        resume: False: the training is to be a new one.
        origin: the file with which `model.weights` says that it begins; it may be the run's own.

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
    if models and resume is False and not (origin and origin.samefile(models[0])):
        raise InputError(
            f"the run {run.folder} has weights, {models[0].name}, and no checkpoint: begin with "
            f"these weights by --resume or --from {run.folder}, or choose another --name"
        )
    return models[0] if models else None


def copy_beginning(run: Run, trial: Run) -> None:
    """Copy what a training of a run would begin with into another run."""
    for path in checkpoints(run)[-1:] or run.models:
        trial.model_dir.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, trial.model_dir)


def origin_of(config: Config, registry: Registry) -> Origin | None:
    """Return the trained model that `model.weights` names.

    None where it names none, and where the run goes on from a checkpoint: what it began with is
    not needed any more, and may be gone.
    """
    if config.model.weights is None or checkpoints(Run.of(config)):
        return None
    return find_origin(config, registry)


def unread_origin(config: Config, run: Run) -> str:
    """Say that a run which goes on from a checkpoint reads no other origin than its own.

    Returns:
        a sentence; empty where no other is named.
    """
    now = config.model.weights
    if now is None or not run.exists():
        return ""
    if now == from_dict(load_run_config(run.config)).model.weights:
        return ""
    return (
        f"model.weights is {now!r} and is not read: the run goes on from its checkpoint; another "
        f"--name begins with {now}"
    )


def of_origin(config: Config, registry: Registry) -> dict[str, Any]:
    """Return the settings that a model has from the one with which it begins, unless given."""
    if config.model.weights is None:
        return {}
    return find_origin(config, registry).defaults(config, registry)


def begin_with(
    origin: Origin, model: Model, config: Config, registry: Registry, messages: Messages
) -> list[str]:
    """Give a new model the weights of another, as far as they have a place in it, and say so.

    Args:
        config: completed, of the new model.

    Returns:
        what came along and what did not, as lines for the log.

    Raises:
        CheckpointError: the origin cannot be read, or too little of it fits.
    """
    known = "model.skeleton" in origin.settings
    other = get_model(origin.config(config), registry, pretrained=False) if known else None
    arrays = origin.read(other or model)
    found = transfer(model, arrays, other)
    check_share(found, origin.path, config.model.partial_weights)
    theirs = resolve_skeleton(origin.config(config), registry) if known else None
    kept = config.model.options.get(AUXILIARY, ())
    sentence = found.sentence(origin.path, resolve_skeleton(config, registry), theirs, kept)
    messages.say(sentence)
    if config.train.norm == "frozen":
        messages.say(
            "batch normalisation keeps its moving statistics (train.norm=frozen): the weights come "
            "from a network in which it was folded away, or it was asked for"
        )
    return [sentence, *found.table()]
