"""The clock: how much of a training's time is spent waiting for data, and what that means."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

_Result = TypeVar("_Result")

WAITING_MATTERS = 0.1
"""The share of waiting from which on the data bounds a run. Batches are made ahead of the step, so
that a network that is slower than they are waits for next to nothing."""


@dataclass
class Spent:
    """Seconds that were spent on steps.

    Args:
        waiting: for batches.
        working: in forward, backward and update.
        steps: how many.
    """

    waiting: float = 0.0
    working: float = 0.0
    steps: int = 0

    @property
    def share(self) -> float:
        """The part of the time that was spent waiting; 0 where there was none."""
        return self.waiting / (self.waiting + self.working) if self.steps else 0.0

    @property
    def a_step(self) -> float:
        """Seconds a step."""
        return (self.waiting + self.working) / self.steps if self.steps else 0.0


class Clock:
    """Times batches and steps.

    The first step is left out of `total`: it traces the network, and the first batch starts the
    pipeline.

    Attributes:
        first: the first step.
        total: all others.
        last: the one that was timed last.
    """

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self.first, self.total, self.last = Spent(), Spent(), Spent()
        self._begun = False

    def wait(self, batch: Callable[[], _Result]) -> _Result:
        """Call what gives the next batch."""
        since = self._now()
        result = batch()
        self.last = Spent(waiting=self._now() - since)
        return result

    def work(self, step: Callable[[], _Result]) -> _Result:
        """Call what runs the step and reads its losses back, without which it is only begun."""
        since = self._now()
        result = step()
        self.last.working, self.last.steps = self._now() - since, 1
        total = self.total if self._begun else self.first
        total.waiting += self.last.waiting
        total.working += self.last.working
        total.steps += 1
        self._begun = True
        return result

    def verdict(self) -> str:
        """Return one sentence: what bounds the speed, and what would change it."""
        return verdict(self.total)


def verdict(spent: Spent) -> str:
    """Return one sentence: whether the data or the network bounds a run, and what to change."""
    if not spent.steps:
        return "Too few steps to say whether the data or the network bounds the speed."
    share = f"{100 * spent.share:.0f}% of the time"
    if spent.share >= WAITING_MATTERS:
        return (
            f"The data bounds the speed: {share} was spent waiting for it; use more processor "
            f"cores, a faster disk, or images that are scaled down to about model.input_size "
            f"beforehand, and data.color=0 saves a little more."
        )
    return (
        f"The network bounds the speed: {share} was spent waiting for data; use a (faster) GPU or "
        f"more workers, train.precision=bfloat16 where the processor has it, or a smaller "
        f"model.input_size, model.width or model.stages."
    )
