"""The training loop: batches in, steps, log, pictures, checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hyperpose_core import filters
from hyperpose_core.config import Config, snapshot
from hyperpose_core.contracts import Dataset, Model, Strategy
from hyperpose_core.converters import convert
from hyperpose_core.errors import HyperposeError, InputError
from hyperpose_core.families import Family
from hyperpose_core.files import remove_leftovers
from hyperpose_core.inference.forward import trace_forward
from hyperpose_core.messages import Messages
from hyperpose_core.pipeline.batches import Batch, TrainBatches
from hyperpose_core.pipeline.source import Source
from hyperpose_core.registry import Registry
from hyperpose_core.runs import Run
from hyperpose_core.samples import Sample
from hyperpose_core.training.checkpoint import (
    Progress,
    checkpoints,
    load_checkpoint,
    save_checkpoint,
)
from hyperpose_core.training.interrupt import Interrupt
from hyperpose_core.training.log import RunLog
from hyperpose_core.training.pictures import save_train_picture
from hyperpose_core.training.progress_bar import ProgressBar
from hyperpose_core.training.schedule import learning_rate
from hyperpose_core.training.step import TrainStep


class Interrupted(HyperposeError):  # noqa: N818 - it is no error, as KeyboardInterrupt is none
    """The user stopped the training; everything up to then is saved."""


@dataclass(frozen=True)
class TrainResult:
    """What a training did.

    Args:
        run: where it is kept.
        step: how many steps are done.
        losses: means over the last logged steps.
        skipped: image file to how often it could not be read.
    """

    run: Run
    step: int
    losses: dict[str, float]
    skipped: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Return what `hyperpose train --json` prints."""
        return {
            "run": str(self.run.folder),
            "step": self.step,
            "losses": self.losses,
            "skipped": self.skipped,
        }


class Training:
    """One training of a model on a dataset.

    Args:
        resume: False refuses a run that has a checkpoint; True and None go on from it.
    """

    def __init__(
        self,
        model: Model,
        dataset: Dataset,
        config: Config,
        registry: Registry,
        strategy: Strategy,
        resume: bool | None = None,
    ) -> None:
        config = snapshot(config)
        self.config, self.run = config, Run.of(config)
        self._refuse_to_overwrite(resume)
        self.messages = Messages(config.log.quiet)
        self.family = Family.of(config, registry)
        config.model.skeleton = self.family.skeleton
        self._forward = trace_forward(model, config.model.data_format)
        kept = filters.apply(dataset.train_samples(), config.data, registry)
        source = Source([self._in_model_skeleton(s, dataset, registry) for s in kept.samples])
        self.state = TrainStep(model, self.family.preprocessor, strategy, config)
        self.progress = Progress(seed=config.train.seed)
        if checkpoints(self.run):
            self.progress = load_checkpoint(self.run, self.state)
            self.messages.say(f"resuming {self.run.name} at step {self.progress.step}")
        elif resume:
            self.messages.say(f"{self.run.name} has no checkpoint yet: beginning at step 0")
        strategy.broadcast([*self.state.weights.values(), *self.state.optimizer.slots.values()])
        # Only now: a run whose checkpoint does not fit keeps the configuration that fits it.
        self.run.save_config(config, {r.name: r.version for r in registry.records})
        for folder in (self.run.folder, self.run.pictures("train")):
            remove_leftovers(folder)
        self.log = RunLog(self.run, self.progress.step)
        self.batches = TrainBatches(
            source,
            self.family.preprocessor,
            self.family.skeleton,
            config,
            position=self.progress.position,
            steps=max(0, config.train.steps - self.progress.step),
        )
        for name, count in kept.dropped.items():
            self.log.text(f"filter {name} dropped {count} samples")
        self.log.text(f"training {config.model.type} on {len(source)} images of {config.data.type}")

    def __call__(self) -> TrainResult:
        """Train until the configured step.

        Raises:
            Interrupted: the user pressed Ctrl-C; the run is saved.
        """
        train = self.config.train
        bar = ProgressBar(train.steps, self.progress.step, train.batch_size, self.config.log.quiet)
        losses: dict[str, float] = {}
        try:
            with Interrupt() as interrupt:
                while self.progress.step < train.steps and not interrupt.requested:
                    losses = self._step(bar) or losses
        finally:
            bar.close()
        self._finish()
        if interrupt.requested and self.progress.step < train.steps:
            raise Interrupted(
                f"stopped at step {self.progress.step} of {train.steps}, everything is saved; go "
                f"on with: hyperpose train {self.run.words} --resume"
            )
        return TrainResult(self.run, self.progress.step, losses, self.batches.skipped)

    def _step(self, bar: ProgressBar) -> dict[str, float] | None:
        train, log, step = self.config.train, self.config.log, self.progress.step
        batch = next(self.batches)
        rate = learning_rate(step, train)
        losses = self.state(batch.images, batch.targets, rate, step)
        bar.step({name: float(value) for name, value in losses.items()})
        step += 1
        self.progress = replace(self.progress, step=step, position=self.batches.position)
        last = step == train.steps
        logged = step % log.interval == 0 or last
        means = {**bar.means(), "learning_rate": rate} if logged else None
        if means:
            self.log.metrics(step, means)
        if step % train.vis_interval == 0 or last:
            self._picture(batch, step)
        # After the log, so that a kill between them leaves a line too many, which resuming drops.
        if step % train.save_interval == 0 and not last:
            save_checkpoint(self.run, self.state, self.progress)
        return means

    def _in_model_skeleton(self, sample: Sample, dataset: Dataset, registry: Registry) -> Sample:
        own = self.family.skeleton
        return replace(sample, keypoints=convert(sample.keypoints, dataset.skeleton, own, registry))

    def _picture(self, batch: Batch, step: int) -> None:
        predicted = [output.numpy()[0] for output in self._forward(batch.images[:1])]
        names = self.family.preprocessor.map_names
        save_train_picture(
            self.run.pictures("train") / f"step_{step:08d}.png",
            self.family,
            batch.images[0].numpy(),
            [batch.targets[name][0].numpy() for name in names],
            predicted,
        )

    def _finish(self) -> None:
        save_checkpoint(self.run, self.state, self.progress)
        for path, count in self.batches.skipped.items():
            self.log.text(f"skipped {path}: it could not be read ({count} times)")
        if self.batches.skipped:
            first = next(iter(self.batches.skipped))
            self.messages.warn(
                f"skipped {len(self.batches.skipped)} images that cannot be read, {first} the "
                f"first; all are in {self.run.log}"
            )

    def _refuse_to_overwrite(self, resume: bool | None) -> None:
        found = checkpoints(self.run)
        if resume is False and found:
            raise InputError(
                f"the run {self.run.folder} is already trained up to {found[-1].stem}: go on with "
                f"--resume, or choose another --name"
            )
