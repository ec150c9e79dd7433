"""Learning-rate schedules: pure functions of the step."""

from __future__ import annotations

import math
from collections.abc import Callable

from hyperpose_core.config import TrainConfig

CYCLE_START, CYCLE_END = 1 / 25, 1e-4 / 25
"""The first and the last learning rate of `one_cycle`, in parts of the largest."""


WARMUP, WARMUP_PART = 100, 10
"""The warm-up where none is set: so many steps, and of all steps at most one in so many."""


def warmup_of(wanted: int | None, steps: int) -> int:
    """Return over how many of a training's steps the learning rate grows.

    Args:
        wanted: `train.warmup_steps`, which is taken as it is.
        steps: `train.steps`.
    """
    return min(WARMUP, steps // WARMUP_PART) if wanted is None else wanted


def learning_rate(step: int, config: TrainConfig) -> float:
    """Return the learning rate of a step, the first step being 0.

    It grows linearly over the warm-up to the first value of the curve that `schedule` names:

    * `constant`;
    * `step`: times `decay_factor` every `decay_every` steps, the warm-up included;
    * `cosine`: down to 0 at `steps` (Loshchilov and Hutter, arXiv 1608.03983, without restarts);
    * `polynomial`: `(1 - t) ** power`, down to 0 at `steps`;
    * `one_cycle`: up from 1/25 to 1 in the first `rise` of the steps and down to 1/250000 in the
      others, both along a cosine (Smith and Topin, arXiv 1708.07120); momentum does not cycle.
    """
    warmup = warmup_of(config.warmup_steps, config.steps)
    factor = _SCHEDULES[config.schedule](max(step, warmup), warmup, config)
    growing = (step + 1) / (warmup + 1) if step < warmup else 1.0
    return config.learning_rate * growing * factor


def _done(step: int, warmup: int, config: TrainConfig) -> float:
    """Return which part of the steps after the warm-up is done."""
    return min(1.0, (step - warmup) / max(1, config.steps - warmup))


def _constant(step: int, warmup: int, config: TrainConfig) -> float:
    return 1.0


def _step(step: int, warmup: int, config: TrainConfig) -> float:
    return config.decay_factor ** (step // config.decay_every)


def _cosine(step: int, warmup: int, config: TrainConfig) -> float:
    return _along_cosine(1.0, 0.0, _done(step, warmup, config))


def _polynomial(step: int, warmup: int, config: TrainConfig) -> float:
    return (1 - _done(step, warmup, config)) ** config.power


def _one_cycle(step: int, warmup: int, config: TrainConfig) -> float:
    done = _done(step, warmup, config)
    if done < config.rise:
        return _along_cosine(CYCLE_START, 1.0, done / config.rise)
    return _along_cosine(1.0, CYCLE_END, (done - config.rise) / (1 - config.rise))


def _along_cosine(first: float, last: float, done: float) -> float:
    return last + (first - last) * (1 + math.cos(math.pi * done)) / 2


_SCHEDULES: dict[str, Callable[[int, int, TrainConfig], float]] = {
    "constant": _constant,
    "step": _step,
    "cosine": _cosine,
    "polynomial": _polynomial,
    "one_cycle": _one_cycle,
}
