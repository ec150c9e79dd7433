"""The progress bar of a training: losses, images a second, time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping

from tqdm import tqdm


class ProgressBar:
    """A bar on standard error, and the means of the losses between two log lines.

    Args:
        steps: the total, resumed ones included.
        first: how many are done already.
        batch_size: images a step.
    """

    def __init__(self, steps: int, first: int, batch_size: int, quiet: bool) -> None:
        self.batch_size = batch_size
        self._bar = tqdm(
            total=steps,
            initial=first,
            disable=quiet,
            file=sys.stderr,
            desc="train",
            unit="step",
            dynamic_ncols=True,
            bar_format="{desc} {n}/{total} |{bar:20}| {elapsed}<{remaining}{postfix}",
        )
        self._sums: dict[str, float] = {}
        self._count = 0
        self._since = time.perf_counter()

    def step(self, losses: Mapping[str, float]) -> None:
        """Count a step."""
        for name, value in losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self._count += 1
        shown = " ".join(f"{name}={value:.4f}" for name, value in losses.items())
        self._bar.set_postfix_str(f"{shown} {self.images_per_second:.1f} images/s", refresh=False)
        self._bar.update()

    @property
    def images_per_second(self) -> float:
        """Since the last log line."""
        return self._count * self.batch_size / max(1e-9, time.perf_counter() - self._since)

    def means(self) -> dict[str, float]:
        """Return the means since the last call, and start anew."""
        means = {name: value / max(1, self._count) for name, value in self._sums.items()}
        means["images_per_second"] = round(self.images_per_second, 2)
        self._sums, self._count, self._since = {}, 0, time.perf_counter()
        return means

    def close(self) -> None:
        """Leave the bar as it stands."""
        self._bar.close()
