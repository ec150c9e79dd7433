"""Learning-rate schedules: pure functions of the step."""

from __future__ import annotations

import math

from hyperpose_core.config import TrainConfig


def learning_rate(step: int, config: TrainConfig) -> float:
    """Return the learning rate of a step, the first step being 0.

    It grows linearly over `warmup_steps`, and then follows `schedule`: `constant`; `step`, times
    `decay_factor` every `decay_every` steps; `cosine`, down to 0 at `steps` (Loshchilov and Hutter,
    arXiv 1608.03983, without restarts).
    """
    warmup = min(config.warmup_steps, config.steps // 10)
    if step < warmup:
        return config.learning_rate * (step + 1) / (warmup + 1)
    if config.schedule == "step":
        return config.learning_rate * config.decay_factor ** (step // config.decay_every)
    if config.schedule == "cosine":
        done = (step - warmup) / max(1, config.steps - warmup)
        return config.learning_rate * (1 + math.cos(math.pi * min(1.0, done))) / 2
    return config.learning_rate
