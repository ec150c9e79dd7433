"""The clock and the meter: what a training's time is spent on, and means over its steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
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


class Meter:
    """Adds steps up.

    Args:
        images: how many images a step sees, those of all workers.
    """

    def __init__(self, images: int) -> None:
        self.images = images
        self._sums: dict[str, float] = {}
        self._spent = Spent()

    def add(self, losses: Mapping[str, float], spent: Spent) -> None:
        """Count a step."""
        for name, value in losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self._spent.waiting += spent.waiting
        self._spent.working += spent.working
        self._spent.steps += 1

    @property
    def images_per_second(self) -> float:
        """Images trained on a second since the last line; what lies between steps is left out."""
        return self.images / max(1e-9, self._spent.a_step)

    @property
    def data_wait(self) -> float:
        """The share of time spent waiting for data since the last line."""
        return self._spent.share

    def take(self) -> dict[str, float]:
        """Return the means by name since the last call, and start anew."""
        means = {name: value / max(1, self._spent.steps) for name, value in self._sums.items()}
        means["images_per_second"] = round(self.images_per_second, 2)
        means["data_wait"] = round(self.data_wait, 4)
        self._sums, self._spent = {}, Spent()
        return means
