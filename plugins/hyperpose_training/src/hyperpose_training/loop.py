"""The training loop: batches in, steps, and after each what is due."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

from hyperpose_core.config import Config
from hyperpose_core.contracts import Batch, Dataset, Model, Strategy
from hyperpose_core.contracts.events import (
    CheckpointEvent,
    EndEvent,
    EndReason,
    LogEvent,
    StepEvent,
)
from hyperpose_core.contracts.training import Replicas
from hyperpose_core.errors import DiskFullError
from hyperpose_core.registry import Registry
from hyperpose_infer.stopping import Stopping
from hyperpose_training.keeping.saving import Saver
from hyperpose_training.result import Interrupted, TrainResult
from hyperpose_training.scoring.selection import Selection
from hyperpose_training.setup import UNSCORED, Setup, listeners_of
from hyperpose_training.steps.exchange import (
    anywhere,
    learning_rate_factor,
    summed,
)
from hyperpose_training.watching.clock import Clock, Meter


class Training:
    """One training of a model on a dataset; `setup.Setup` builds what it needs.

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
        built = Setup(model, dataset, config, registry, strategy, resume)
        self.config, self.run, self.strategy = built.config, built.run, strategy
        self.state, self.progress, self.batches = built.state, built.progress, built.batches
        self.guard, self.messages = built.guard, built.messages
        self.rate, self.saver = built.rate, Saver(built)
        self.selection = Selection(built, self.saver)
        self.clock = Clock()
        self.meter = Meter(self.config.train.images_per_step * strategy.size)
        self.images = len(built.source)
        self.losses: dict[str, float] = {}
        self.listeners, self.painter = listeners_of(built, self.meter), built.painter
        self._started = built.start_event()
        self._factor = learning_rate_factor(self.config.train.scale_learning_rate, strategy)

    def __call__(self) -> TrainResult:
        """Train until the configured step, or until nothing gets better any more.

        Raises:
            Interrupted: the user stopped it; the run is saved.
            NotFiniteError: a loss or gradient is not finite; nothing is saved after it.
        """
        try:
            self.listeners.tell(self._started)
            self._say_where()
            with Stopping(self.messages.warn) as stopping:
                if self._started.unscored:
                    self._evaluate()
                while not self._done() and not anywhere(self.strategy, stopping.requested):
                    self.advance()
                # Inside too: of several signals of a closed terminal the last ones come now.
                reason: EndReason = "interrupted" if not self._done() else self._reason()
                self.save()
            if self.strategy.replicas_differ:
                cast(Replicas, self.strategy).merge(self.state.variables)
            self.batches.skipped.update(summed(self.strategy, self.batches.skipped))
        except BaseException as error:
            with contextlib.suppress(DiskFullError):  # the log: the error says more
                self._end("failed", f"{type(error).__name__}: {error}")
            raise
        self.state.finish()
        self._end(reason, self.clock.verdict())
        self._report_skipped()
        if reason == "interrupted":
            raise Interrupted(
                f"stopped at step {self.progress.step} of {self.config.train.steps}, everything is "
                f"saved; go on with: hyperpose train {self.run.words} --resume"
            )
        self.messages.say(self.clock.verdict())
        return self._result(reason)

    def advance(self) -> None:
        """Take a step on the next batch, and do what is due after it."""
        train, step = self.config.train, self.progress.step + 1
        batch = self.clock.wait(lambda: next(self.batches))
        rate = self._factor * self.rate(step - 1)
        if not self._learn(batch, step, rate):
            return
        self.progress = replace(self.progress, step=step)
        if step % self.config.log.interval == 0 or step == train.steps:
            self.losses = {**self.meter.take(), "learning_rate": rate}
            self.listeners.tell(LogEvent(run=self.run.folder, step=step, values=self.losses))
        # After the log, so that a kill between them leaves a line too many, which resuming drops.
        if self.selection.due(step):
            # Before the evaluation too, which may fail: the steps up to here are not lost.
            self._write(unscored=True)
            self._evaluate()
        elif step % train.save_interval == 0 and not self._done():
            self.save()

    def _evaluate(self) -> None:
        """Score the model where the training is, and save; the last step is saved by `__call__`."""
        self.listeners.tell(self.selection.score(self.progress.step))
        if not self._done():
            self.save()

    def _learn(self, batch: Batch, step: int, rate: float) -> bool:
        """Train on a batch; False where it has to be left out."""
        if not self.guard.admits(batch, step):
            return False
        losses = self.clock.work(lambda: self._step(batch, step, rate))
        finite = losses.pop("finite") > 0.5
        if not self.guard.passes(batch, step, rate, losses, finite):
            return False
        spent = self.clock.last
        self.meter.add(losses, spent)
        self.listeners.tell(
            StepEvent(
                run=self.run.folder,
                step=step,
                losses=losses,
                learning_rate=rate,
                waiting=spent.waiting,
                working=spent.working,
                batch=batch,
                pictured=self.painter.due(step),
                draw=partial(self.painter.draw, step, batch),
            )
        )
        return True

    def _step(self, batch: Batch, step: int, rate: float) -> dict[str, float]:
        losses = self.state(batch.images, batch.targets, rate, step - 1)
        return {name: float(value) for name, value in losses.items()}

    def save(self) -> None:
        """Write a checkpoint of where the training is, and tell of it."""
        path = self._write()
        if path is None:
            return
        event = CheckpointEvent(
            run=self.run.folder,
            step=self.progress.step,
            path=path,
            weights=self.run.newest_model,
        )
        self.listeners.tell(event)

    def _write(self, unscored: bool = False) -> Path | None:
        """Write a checkpoint and return its path on worker 0.

        Args:
            unscored: an evaluation is due, which a training that goes on from here makes first.
        """
        kept = {UNSCORED: True} if unscored else {}
        self.progress, path = self.saver.save(self.progress, self.selection.best, kept)
        return path

    def _done(self) -> bool:
        return self.progress.step >= self.config.train.steps or self.selection.exhausted

    def _reason(self) -> EndReason:
        return "finished" if self.progress.step >= self.config.train.steps else "stopped early"

    def _say_where(self) -> None:
        """Say what a resumed training finds that has nothing left to do."""
        if not self._done() or not self.progress.step:
            return
        step, train = self.progress.step, self.config.train
        more = f"give more than {step} --steps"
        if self._reason() == "stopped early":
            more = f"train.patience={train.patience} stopped it: give a larger one, or 0"
        self.messages.say(
            f"{self.run.name} is at step {step} of {train.steps}, nothing is left to do; to go on, "
            f"{more}"
        )

    def _end(self, reason: EndReason, message: str) -> None:
        self.listeners.tell(
            EndEvent(
                run=self.run.folder,
                step=self.progress.step,
                reason=reason,
                message=message,
                losses=self.losses,
            )
        )
        # The log has what is said from here on.
        self.messages.copy_to(None)

    def _report_skipped(self) -> None:
        if self.batches.skipped:
            first = next(iter(self.batches.skipped))
            self.messages.warn(
                f"skipped {len(self.batches.skipped)} images that cannot be used, {first} the "
                f"first; all are in {self.run.log}"
            )

    def _result(self, reason: EndReason) -> TrainResult:
        found = self.selection.best
        best = found.to_dict() if found.score is not None else {}
        best.pop("stale", None)
        return TrainResult(
            run=self.run,
            step=self.progress.step,
            losses=self.losses,
            skipped=self.batches.skipped,
            reason=reason,
            verdict=self.clock.verdict(),
            data_wait=round(self.clock.total.share, 4),
            best=best,
            bad_batches=self.guard.skipped,
        )
