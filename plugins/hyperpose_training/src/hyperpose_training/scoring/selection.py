"""Selection: a model is scored while it is trained, the best is kept, and when to stop looking."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from hyperpose_core.build.metrics import is_measured
from hyperpose_core.build.weights import save_weights
from hyperpose_core.config import TrainConfig
from hyperpose_core.contracts.events import EvaluateEvent
from hyperpose_core.errors import ConfigError
from hyperpose_core.runs import Run
from hyperpose_core.support.files import write_text
from hyperpose_training.watching.clock import Clock

if TYPE_CHECKING:
    from hyperpose_training.keeping.saving import Saver
    from hyperpose_training.setup import Setup


LOSS = "loss"


@dataclass(frozen=True)
class Best:
    """What evaluations have found so far; kept in the checkpoint.

    Args:
        metric: by which models are compared.
        score: of the best model; None before the first evaluation.
        step: of the best model.
        stale: how many evaluations in a row found no better one.
    """

    metric: str = ""
    score: float | None = None
    step: int = 0
    stale: int = 0

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Best:
        """Read what `to_dict` made; nothing gives a new one."""
        return cls(**kept)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)

    def after(self, metric: str, score: float | None, step: int, lower: bool = False) -> Best:
        """Return what is known after an evaluation.

        A change of the metric begins anew. A score that could not be measured is never better.

        Args:
            lower: the smaller score is the better; of a loss it always is.
        """
        if metric != self.metric:
            return Best(metric).after(metric, score, step, lower) if metric else self
        if score is not None and self._is_better(score, lower or metric == LOSS):
            return Best(metric, score, step)
        return replace(self, stale=self.stale + 1)

    def _is_better(self, score: float, lower: bool) -> bool:
        if self.score is None:
            return True
        return score < self.score if lower else score > self.score


def check_patience(train: TrainConfig) -> None:
    """Raise ConfigError where a training is to stop by evaluations that it does not make."""
    if train.patience and not train.eval_interval:
        raise ConfigError(
            f"train.patience={train.patience} counts evaluations while training, and there are "
            f"none: set train.eval_interval too, as with --set train.eval_interval=1000"
        )


def choose(
    wanted: str | None,
    metrics: Mapping[str, float],
    losses: Mapping[str, float],
    warn: Callable[[str], None],
) -> tuple[str, float | None]:
    """Return the name and the value of the number that models are compared by.

    Args:
        wanted: what `train.best_metric` asks for. Where there is no such number the first metric
            is taken, with a warning: a training does not end for it.
    """
    known = {**metrics, **({LOSS: losses[LOSS]} if LOSS in losses else {})}
    name = wanted if wanted in known else next(iter(known), "")
    if wanted is not None and wanted != name:
        warn(f"train.best_metric = {wanted!r} is none of {', '.join(known)}: {name} is used")
    value = known.get(name, math.nan)
    return name, value if is_measured(value) or (name == LOSS and value == -1) else None


def save_best(run: Run, arrays: Mapping[str, NDArray[Any]], best: Best) -> None:
    """Write `best_model.npz`, and `best_model.json` with its step, metric and score."""
    save_weights(run.best_model, arrays)
    found = {"step": best.step, "metric": best.metric, "score": best.score}
    write_text(run.best_score, json.dumps(found) + "\n")


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
