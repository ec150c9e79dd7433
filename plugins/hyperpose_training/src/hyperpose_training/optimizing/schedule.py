"""The learning rate: a warm-up, then the curve that `train.schedule` names."""

from __future__ import annotations

from hyperpose_core.config import TrainConfig
from hyperpose_core.config.coerce import MismatchError, coerce
from hyperpose_core.registry import Registry, get_registry
from hyperpose_training.optimizing.chosen import bind

WARMUP, WARMUP_PART = 100, 10
"""The warm-up where none is set: so many steps, and of all steps at most one in so many."""
LOOKS = 16
"""At so many steps two curves are compared."""


def warmup_of(wanted: int | None, steps: int) -> int:
    """Return over how many of a training's steps the learning rate grows.

    Args:
        wanted: `train.warmup_steps`, which is taken as it is.
        steps: `train.steps`.
    """
    return min(WARMUP, steps // WARMUP_PART) if wanted is None else wanted


class LearningRate:
    """The learning rate of every step: a function of the step alone.

    Args:
        registry: has the schedule; None: the default one.

    Raises:
        UnknownComponentError, PluginError: no usable plugin offers the schedule.
        ConfigError: it does not take the arguments that it is given.
    """

    def __init__(self, train: TrainConfig, registry: Registry | None = None) -> None:
        registry = registry or get_registry()
        self.train, self.warmup = train, warmup_of(train.warmup_steps, train.steps)
        self._curve = bind(registry, train.schedule, train, given=3)
        self.factor = registry.naming(train.schedule.kind, train.schedule.name)(self._factor)

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, the first step being 0.

        It grows linearly over the warm-up to the first value of the curve.

        Raises:
            PluginError: the schedule fails, or returns what is no factor.
        """
        growing = (step + 1) / (self.warmup + 1) if step < self.warmup else 1.0
        return self.train.learning_rate * growing * self.factor(step, self.train.steps)

    def differs(self, steps: int) -> bool:
        """Say whether the curve of a training of so many steps is another, up to its end."""
        looks = {steps * i // LOOKS for i in range(LOOKS + 1)}
        return any(self.factor(at, steps) != self.factor(at, self.train.steps) for at in looks)

    def _factor(self, step: int, steps: int) -> float:
        returned = self._curve(max(step, self.warmup), steps, self.warmup)
        try:
            factor = float(coerce(float, returned))
        except MismatchError:
            factor = -1.0
        if factor < 0:
            raise ValueError(
                f"it returned {returned!r:.60} at step {step} of {steps}; a factor is a finite "
                f"number, 0 or more"
            )
        return factor
