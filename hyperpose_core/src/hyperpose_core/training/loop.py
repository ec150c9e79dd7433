"""The training loop: batches in, steps, and after each what is due."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict, replace

from hyperpose_core.config import Config
from hyperpose_core.contracts import Dataset, Model, Strategy
from hyperpose_core.events import (
    CheckpointEvent,
    EndEvent,
    EndReason,
    EvaluateEvent,
    StepEvent,
)
from hyperpose_core.pipeline.batches import Batch
from hyperpose_core.pipeline.shard import Shard, to_record
from hyperpose_core.registry import Registry
from hyperpose_core.training.best import Best, choose, save_best
from hyperpose_core.training.checkpoint import Progress, save_checkpoint
from hyperpose_core.training.clock import Clock
from hyperpose_core.training.interrupt import Interrupt
from hyperpose_core.training.meter import Meter
from hyperpose_core.training.result import Interrupted, TrainResult
from hyperpose_core.training.schedule import learning_rate
from hyperpose_core.training.setup import Setup, observers_of
from hyperpose_core.training.strategies.exchange import (
    anywhere,
    learning_rate_factor,
    summed,
)
from hyperpose_core.training.strategies.replicas import Stacks, merge, merged


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
        self.guard, self.validation, self.messages = built.guard, built.validation, built.messages
        self.best = Best.from_dict(self.progress.kept.get("best", {}))
        self.clock = Clock()
        self.meter = Meter(self.config.train.images_per_step * strategy.size)
        self.images = len(built.source)
        self.losses: dict[str, float] = {}
        self.observers = observers_of(built, self.meter)
        self._started = built.start_event()
        self._factor = learning_rate_factor(self.config.train.scale_learning_rate, strategy)

    def __call__(self) -> TrainResult:
        """Train until the configured step, or until nothing gets better any more.

        Raises:
            Interrupted: the user pressed Ctrl-C; the run is saved.
            NotFiniteError: a loss or gradient is not finite; nothing is saved after it.
        """
        try:
            self.observers.on_start(self._started)
            with Interrupt() as interrupt:
                while not self._done() and not anywhere(self.strategy, interrupt.requested):
                    self.advance()
            reason: EndReason = "interrupted" if not self._done() else self._reason()
            self.save()
            merge(self.strategy, self.state.variables)
            self.batches.skipped.update(summed(self.strategy, self.batches.skipped))
        except BaseException as error:
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

    def _done(self) -> bool:
        patience = self.config.train.patience
        return self.progress.step >= self.config.train.steps or 0 < patience <= self.best.stale

    def _reason(self) -> EndReason:
        return "finished" if self.progress.step >= self.config.train.steps else "stopped early"

    def advance(self) -> None:
        """Take a step on the next batch, and do what is due after it."""
        train, step = self.config.train, self.progress.step + 1
        batch = self.clock.wait(lambda: next(self.batches))
        rate = self._factor * learning_rate(step - 1, train)
        if not self._learn(batch, step, rate):
            return
        self.progress = replace(self.progress, step=step)
        if step % self.config.log.interval == 0 or step == train.steps:
            self.losses = {**self.meter.take(), "learning_rate": rate}
            self.observers.on_log(step, self.losses)
        evaluated = bool(train.eval_interval) and step % train.eval_interval == 0
        if evaluated:
            self._evaluate()
        # After the log, so that a kill between them leaves a line too many, which resuming drops.
        if (evaluated or step % train.save_interval == 0) and not self._done():
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
        self.observers.on_step(
            StepEvent(
                run=self.run.folder,
                step=step,
                losses=losses,
                learning_rate=rate,
                waiting=spent.waiting,
                working=spent.working,
            ),
            batch,
        )
        return True

    def _step(self, batch: Batch, step: int, rate: float) -> dict[str, float]:
        losses = self.state(batch.images, batch.targets, rate, step - 1)
        return {name: float(value) for name, value in losses.items()}

    def _evaluate(self) -> None:
        assert self.validation is not None
        step, clock, wanted = self.progress.step, Clock(), self.config.train.best_metric
        with self.as_one():
            with self.state.evaluated_weights():
                found = clock.work(self.validation)
            metric, score = choose(wanted, found.metrics, found.losses, self.messages.warn)
            self.best = self.best.after(metric, score, step)
            is_best = self.best.step == step
            if is_best and self.strategy.rank == 0:
                save_best(self.run, self.state.model_arrays(), self.best)
        self.observers.on_evaluate(
            EvaluateEvent(
                run=self.run.folder,
                step=step,
                metrics=found.metrics,
                losses=found.losses,
                images=found.images,
                metric=metric,
                score=score,
                best=is_best,
                weights=self.run.best_model if is_best else None,
                seconds=clock.last.working,
            )
        )

    @contextlib.contextmanager
    def as_one(self) -> Iterator[Stacks]:
        """Let all workers have the same weights and statistics inside; yield what each has."""
        if not self.strategy.replicas_differ:
            self.strategy.average(self.state.local_variables)
        with merged(self.strategy, self.state.variables) as replicas:
            yield replicas

    def save(self) -> None:
        """Write a checkpoint of where the training is."""
        self.guard.check_saving(self.progress.step)
        self.progress = self._whole_progress()
        with self.as_one() as replicas:
            if self.strategy.rank > 0:
                return
            path = save_checkpoint(self.run, self.state, self.progress, replicas)
        event = CheckpointEvent(
            run=self.run.folder,
            step=self.progress.step,
            path=path,
            weights=self.run.newest_model,
        )
        self.observers.on_checkpoint(event)

    def _whole_progress(self) -> Progress:
        """Return the progress with what all workers have to remember."""
        own = json.dumps(asdict(self.batches.shard)).encode()
        shards = [Shard(**json.loads(theirs)) for theirs in self.strategy.gather(own)]
        kept = {
            "best": self.best.to_dict(),
            "bad_batches": self.guard.skipped,
            **to_record(shards),
        }
        return replace(self.progress, position=kept["position"], kept=kept)

    def _end(self, reason: EndReason, message: str) -> None:
        self.observers.on_end(
            EndEvent(
                run=self.run.folder,
                step=self.progress.step,
                reason=reason,
                message=message,
                losses=self.losses,
            )
        )

    def _report_skipped(self) -> None:
        if self.batches.skipped:
            first = next(iter(self.batches.skipped))
            self.messages.warn(
                f"skipped {len(self.batches.skipped)} images that cannot be read, {first} the "
                f"first; all are in {self.run.log}"
            )

    def _result(self, reason: EndReason) -> TrainResult:
        best = self.best.to_dict() if self.best.score is not None else {}
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
