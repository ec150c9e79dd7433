"""The meter: means of losses and times over the steps between two lines of the log."""

from __future__ import annotations

from collections.abc import Mapping

from hyperpose_core.training.clock import Spent


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
