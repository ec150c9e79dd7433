"""Selection: a model is scored while it is trained, and the best one is kept."""

from __future__ import annotations

from hyperpose_core.contracts.events import EvaluateEvent
from hyperpose_core.training.best import Best, choose, save_best
from hyperpose_core.training.clock import Clock
from hyperpose_core.training.saving import Saver
from hyperpose_core.training.setup import Setup


class Selection:
    """Scores the model and compares it with the best one so far. All workers call it.

    Attributes:
        best: what is known of the best model; kept in the checkpoint.
    """

    def __init__(self, built: Setup, saver: Saver) -> None:
        self.run, self.state, self.strategy = built.run, built.state, built.strategy
        self.validation, self.messages = built.validation, built.messages
        self.train, self.saver = built.config.train, saver
        self.best = Best.from_dict(built.progress.kept.get("best", {}))
        self._warned = False

    @property
    def exhausted(self) -> bool:
        """Whether as many evaluations in a row as `train.patience` found no better model."""
        return 0 < self.train.patience <= self.best.stale

    def due(self, step: int) -> bool:
        """Say whether an evaluation comes after a step; one comes after the last."""
        last = step == self.train.steps
        return self.validation is not None and (last or step % self.train.eval_interval == 0)

    def score(self, step: int) -> EvaluateEvent:
        """Score the model after a step; worker 0 writes the best one."""
        assert self.validation is not None
        clock = Clock()
        with self.saver.as_one():
            with self.state.evaluated_weights():
                found = clock.work(self.validation)
            metric, score = choose(found.wanted, found.metrics, found.losses, self.messages.warn)
            if score is None and metric:
                self._warn_of_nothing(metric)
            self.best = self.best.after(metric, score, step, metric in found.lower)
            is_best = self.best.step == step
            if is_best and self.strategy.rank == 0:
                save_best(self.run, self.state.model_arrays(), self.best)
        return EvaluateEvent(
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

    def _warn_of_nothing(self, metric: str) -> None:
        """Say once that no model is kept by a number that was not measured."""
        if not self._warned:
            self._warned = True
            self.messages.warn(
                f"{metric} could not be measured on the evaluation split (is anybody annotated "
                f"there?): while it is so, no model is kept as the best one"
            )
