"""Humans: predicted people with keypoints and scores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.skeletons import Skeleton


@dataclass
class Human:
    """One predicted person.

    Args:
        keypoints: `[K, 3]` float32, or float64 as a result file has it: x and y in pixels of the
            image, and a score in [0, 1]; a score of 0 means that the keypoint was not found.
        score: of the whole person; larger is surer.
        skeleton: names the K keypoints.
    """

    keypoints: NDArray[np.floating[Any]]
    score: float
    skeleton: Skeleton

    @property
    def found(self) -> NDArray[np.bool_]:
        """`[K]`: which keypoints were found."""
        return self.keypoints[:, 2] > 0

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x, y, width, height around the found keypoints, in pixels; zeros where there are none."""
        points = self.keypoints[self.found, :2]
        if not len(points):
            return 0.0, 0.0, 0.0, 0.0
        (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
        return float(x0), float(y0), float(x1 - x0), float(y1 - y0)

    def draw(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Draw the skeleton into a uint8 image `[H, W, 3]`, in place, and return the image."""
        from hyperpose_core.data.drawing import draw_skeleton

        return draw_skeleton(image, self.keypoints, self.skeleton)

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and names, as written to JSON."""
        return {
            "score": round(float(self.score), 6),
            "box": [round(v, 2) for v in self.box],
            "keypoints": {
                name: [round(float(x), 2), round(float(y), 2), round(float(s), 4)]
                for name, (x, y, s) in zip(self.skeleton.keypoints, self.keypoints, strict=True)
                if s > 0
            },
        }


def draw_humans(image: NDArray[np.uint8], humans: Iterable[Human]) -> NDArray[np.uint8]:
    """Draw people into an image `[H, W, 3]` uint8 RGB, in place, and return it."""
    for human in humans:
        human.draw(image)
    return image


def as_results(humans: Iterable[Human]) -> list[Human]:
    """Return people as result files hold them: float64, to a thousandth of a pixel.

    Who has no found keypoint is left out. Scores of OKS take x and y of every point, found or not,
    and the extent of all as the person's size. So points that were not found are put at the middle
    of those that were: at (0, 0) they would make each person as large as its way to the corner.
    """
    return [
        Human(_placed(human.keypoints), human.score, human.skeleton)
        for human in humans
        if human.found.any()
    ]


def _placed(keypoints: NDArray[Any]) -> NDArray[np.float64]:
    points = np.array(keypoints, np.float64)
    found = points[:, 2] > 0
    points[~found, :2] = points[found, :2].mean(axis=0)
    points[~found, 2] = 0
    return np.array([[round(float(v), 3) for v in point] for point in points])
