"""The curves of the learning rate that come with the core; each a `contracts.Schedule`."""

from __future__ import annotations

import math

CYCLE_START, CYCLE_END = 1 / 25, 1e-4 / 25
"""The first and the last learning rate of `one_cycle`, in parts of the largest."""


def constant(step: int, steps: int, warmup: int) -> float:
    """Stay."""
    return 1.0


def stepwise(
    step: int, steps: int, warmup: int, every: int = 136120, factor: float = 0.666
) -> float:
    """Shrink by `factor` every `every` steps, the warm-up included."""
    return factor ** (step // every)


def cosine(step: int, steps: int, warmup: int) -> float:
    """Fall to 0 at `steps` (Loshchilov and Hutter, arXiv 1608.03983, without restarts)."""
    return _along_cosine(1.0, 0.0, _done(step, steps, warmup))


def polynomial(step: int, steps: int, warmup: int, power: float = 1.0) -> float:
    """Fall as `(1 - t) ** power` to 0 at `steps`."""
    return (1 - _done(step, steps, warmup)) ** power


def one_cycle(step: int, steps: int, warmup: int, rise: float = 0.3) -> float:
    """Go up from 1/25 to 1 in the first `rise` of the steps, then down to 1/250000, both along a
    cosine (Smith and Topin, arXiv 1708.07120); momentum does not cycle.
    """
    done = _done(step, steps, warmup)
    if done < rise:
        return _along_cosine(CYCLE_START, 1.0, done / rise)
    return _along_cosine(1.0, CYCLE_END, (done - rise) / (1 - rise))


def _done(step: int, steps: int, warmup: int) -> float:
    """Return which part of the steps after the warm-up is done."""
    return min(1.0, (step - warmup) / max(1, steps - warmup))


def _along_cosine(first: float, last: float, done: float) -> float:
    return last + (first - last) * (1 + math.cos(math.pi * done)) / 2
