"""The one-euro filter: little jitter at rest, little lag in motion.

Casiez, Roussel, Vogel: 1 Euro Filter, CHI 2012 (https://gery.casiez.net/1euro/).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MIN_CUTOFF = 1.0
"""Hz, of what does not move."""
BETA = 0.05
"""Hz more for each pixel a second."""
SPEED_CUTOFF = 1.0
"""Hz, of the speed."""


class OneEuro:
    """Smooths the keypoints of one person, each by itself.

    A keypoint that was not found in the frame before begins anew.
    """

    def __init__(self, min_cutoff: float = MIN_CUTOFF, beta: float = BETA) -> None:
        self.min_cutoff, self.beta = min_cutoff, beta
        self._time = 0.0
        self._points: NDArray[np.float64] | None = None
        self._speed: NDArray[np.float64] | None = None

    def __call__(self, keypoints: NDArray[np.floating], time: float) -> NDArray[np.float64]:
        """Return keypoints `[K, 3]` smoothed; the third column, the score, stays as it is.

        Args:
            time: in seconds, later than the last one's.
        """
        new = np.array(keypoints, np.float64)
        points = np.where(new[:, 2:] > 0, new[:, :2], np.nan)
        passed = time - self._time
        if self._points is not None and self._speed is not None and passed > 0:
            points = self._smoothed(points, self._points, self._speed, passed)
        else:
            self._speed = np.zeros_like(points)
        self._points, self._time = points, time
        new[:, :2] = np.where(new[:, 2:] > 0, points, new[:, :2])
        return new

    def _smoothed(
        self,
        points: NDArray[np.float64],
        last: NDArray[np.float64],
        speed: NDArray[np.float64],
        passed: float,
    ) -> NDArray[np.float64]:
        known = ~np.isnan(points) & ~np.isnan(last)
        now = np.where(known, (points - last) / passed, 0.0)
        share = _share(np.float64(SPEED_CUTOFF), passed)
        self._speed = np.where(known, share * now + (1 - share) * speed, 0.0)
        share = _share(self.min_cutoff + self.beta * np.abs(self._speed), passed)
        return np.where(known, share * points + (1 - share) * last, points)


def _share(cutoff: NDArray[np.float64] | np.float64, passed: float) -> NDArray[np.float64]:
    """Return the share of the newest value in a low-pass filter, the paper's alpha."""
    return np.asarray(1 / (1 + 1 / (2 * np.pi * cutoff * passed)))
