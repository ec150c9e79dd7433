"""The dry run: everything of a training once, elsewhere, to say what the whole of it will take."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable

from hyperpose_core.config import Config, snapshot
from hyperpose_core.contracts import Dataset, Model, Strategy
from hyperpose_core.errors import DataError
from hyperpose_core.registry import Registry
from hyperpose_core.runs import Run
from hyperpose_training.keeping.checkpoint import checkpoints
from hyperpose_training.loop import Training
from hyperpose_training.scoring.selection import check_patience, choose
from hyperpose_training.scoring.validation import Validation
from hyperpose_training.setup import TRIAL_STEPS
from hyperpose_training.start.beginning import check_beginning, copy_beginning
from hyperpose_training.trying.estimate import Estimate, peak_gpu_memory, peak_memory

IMAGES = 4
"""Images that are evaluated."""


def dry_run(
    model: Model,
    dataset: Dataset,
    config: Config,
    registry: Registry,
    strategy: Strategy,
    resume: bool = False,
) -> Estimate:
    """Build everything, take some steps, write a checkpoint, evaluate a few images; keep nothing.

    The first step traces the network, the others are measured. Plugins hear nothing of it.

    Args:
        resume: begin with the run's newest checkpoint, where there is one.

    Raises:
        InputError: there is such a run already, and it is not to be resumed.
        DataError: no image is left to train on; no image can be evaluated, although the training
            is to evaluate.
        NotFiniteError: a loss or gradient is not finite.
    """
    run = Run.of(config)
    check_beginning(run, resume)
    check_patience(config.train)
    with tempfile.TemporaryDirectory(prefix="hyperpose-dry-run-") as folder:
        trial = _trial(config, folder)
        copy_beginning(run, Run.of(trial))
        training = Training(model, dataset, trial, registry, strategy)
        training.listeners.plugins, training.guard.keeps = None, False
        left = max(0, config.train.steps - training.progress.step)
        for _ in range(TRIAL_STEPS):
            training.advance()
        saving = _seconds(training.save)
        disk = _disk(training.run, config)
        evaluation, error, images = _evaluation(training, model, dataset, trial, registry, strategy)
    if error and config.train.eval_interval:
        raise DataError(error)
    clock = training.clock
    return Estimate(
        run=run.folder,
        steps=left,
        train_images=training.images,
        losses=training.losses,
        first_step=clock.first.a_step,
        step=clock.total.a_step,
        images_per_second=training.meter.images / max(1e-9, clock.total.a_step),
        data_wait=clock.total.share,
        checkpoint=saving,
        disk=disk,
        total=_total(config, left, training, saving, (evaluation or 0.0) * images),
        evaluated_images=min(images, IMAGES),
        evaluation=evaluation,
        evaluation_error=error,
        memory=peak_memory(),
        gpu_memory=peak_gpu_memory(),
    )


def _trial(config: Config, folder: str) -> Config:
    trial = snapshot(config)
    trial.log.save_dir, trial.log.quiet, trial.log.interval = folder, True, 1
    trial.train.vis_interval = TRIAL_STEPS
    trial.train.eval_interval, trial.train.patience = 0, 0
    trial.train.save_interval = max(config.train.steps, TRIAL_STEPS) + 1
    return trial


def _evaluation(
    training: Training,
    model: Model,
    dataset: Dataset,
    trial: Config,
    registry: Registry,
    strategy: Strategy,
) -> tuple[float | None, str | None, int]:
    """Return seconds an image, or why not, and how many images an evaluation would look at."""
    try:
        validation = Validation(model, dataset, trial, registry, strategy, IMAGES)
    except DataError as error:
        return None, f"not possible: {error}", 0
    with training.saver.as_one(), training.state.evaluated_weights():
        found = validation()
        seconds = _seconds(validation)
    choose(found.wanted, found.metrics, found.losses, training.messages.warn)
    limit = trial.train.eval_images
    there = len(list(dataset.eval_samples()))
    count = there if limit is None else min(limit, there)
    return seconds / max(1, len(validation.samples)), None, count


def _total(
    config: Config, left: int, training: Training, saving: float, evaluating: float
) -> float:
    train, clock = config.train, training.clock
    saves, evaluations = left // train.save_interval + 1, 0
    if train.eval_interval:
        evaluations = -(-left // train.eval_interval)
    steps = clock.first.a_step + left * clock.total.a_step
    # A checkpoint is written before every evaluation and after it.
    return steps + saves * saving + evaluations * (evaluating + 2 * saving)


def _disk(run: Run, config: Config) -> int:
    """Return the bytes of all checkpoints that are kept, and of the models; 0 where another worker
    writes them.
    """
    written = checkpoints(run)
    if not written:
        return 0
    checkpoint = written[-1].stat().st_size
    models = 1 + (config.train.eval_interval > 0)
    return config.train.keep_checkpoints * checkpoint + models * run.newest_model.stat().st_size


def _seconds(call: Callable[[], object]) -> float:
    since = time.perf_counter()
    call()
    return time.perf_counter() - since
