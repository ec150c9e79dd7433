"""Pictures of a classification: the image beside the names of its classes."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from hyperpose_core.skeletons import Skeleton
from hyperpose_pretrain.family import SHOWN, probabilities

LINE, PANEL = 16, 200
"""Height of a line and width of the names, in pixels."""


def visualize(
    image: NDArray[np.uint8], maps: Sequence[NDArray[np.float32]], skeleton: Skeleton
) -> NDArray[np.uint8]:
    """Return an RGB image with names at its right; see `contracts.Visualizer`.

    Args:
        maps: the number of the class, or the logits of all classes.
    """
    height, width = image.shape[:2]
    canvas = np.full((max(height, (SHOWN + 1) * LINE), width + PANEL, 3), 255, np.uint8)
    canvas[:height, :width] = image
    for number, text in enumerate(_lines(np.asarray(maps[0]), skeleton)):
        place = (width + 6, (number + 1) * LINE)
        cv2.putText(canvas, text, place, cv2.FONT_HERSHEY_PLAIN, 0.9, (0, 0, 0), 1, cv2.LINE_AA)
    return canvas


def _lines(found: NDArray[np.float32], skeleton: Skeleton) -> list[str]:
    if found.ndim == 0:
        return [f"is {skeleton.keypoints[int(found)]}"]
    chances = probabilities(found)
    surest = np.argsort(-chances, kind="stable")[:SHOWN]
    return [f"{100 * chances[i]:3.0f}% {skeleton.keypoints[i]}" for i in surest]
