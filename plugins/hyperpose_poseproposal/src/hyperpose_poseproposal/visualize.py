"""Pictures of the poseproposal family's maps, predicted or targets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.skeletons import Skeleton
from hyperpose_poseproposal.detect import detect
from hyperpose_poseproposal.options import Options

Image = NDArray[np.uint8]


class Visualizer:
    """Draws the boxes of the parts and how sure they are."""

    def __call__(
        self, image: Image, maps: Sequence[NDArray[np.float32]], skeleton: Skeleton
    ) -> Image:
        """Draw the boxes of the parts over the image, and beside it the responses.

        Args:
            image: `[H, W, 3]` uint8 RGB.
            maps: `(pc, pi, px, py, pw, ph)`, `[h, w, K]` each; more are ignored.
            skeleton: colours the boxes.

        Returns:
            `[H, 2 W, 3]` uint8 RGB: the boxes that decoding would find; the largest response of any
            part in each cell, over the image. Blue is 0, red is 1.
        """
        return np.concatenate(list(self.panels(image, maps, skeleton, False).values()), axis=1)

    def panels(
        self, image: Image, maps: Sequence[NDArray[np.float32]], skeleton: Skeleton, parts: bool
    ) -> dict[str, Image]:
        """Return pictures by their titles, of the image's size, as `contracts.Visualizer` says."""
        known = [np.nan_to_num(np.asarray(m, np.float32)) for m in maps[:6]]
        found = {
            "boxes of parts": _boxes(image, known, skeleton),
            "responses of parts": _overlay(image, known[0].max(axis=-1, initial=0.0)),
        }
        if parts:
            for number, name in enumerate(skeleton.keypoints):
                found[name] = _overlay(image, known[0][..., number])
        return found


visualize = Visualizer()


def _boxes(image: Image, maps: list[NDArray[np.float32]], skeleton: Skeleton) -> Image:
    import cv2

    defaults = Options()
    found = detect(maps, defaults.threshold, defaults.nms_threshold)
    height, width = image.shape[:2]
    cell = np.array([width / maps[0].shape[1], height / maps[0].shape[0]])
    low = np.rint((found.box[:, :2] - found.box[:, 2:] / 2) * cell).astype(int)
    high = np.rint((found.box[:, :2] + found.box[:, 2:] / 2) * cell).astype(int)
    picture = image.copy()
    for part, start, end in zip(found.part, low.tolist(), high.tolist(), strict=True):
        thickness = max(1, round(min(height, width) / 250))
        cv2.rectangle(picture, start, end, skeleton.colors[part], thickness)
    return picture


def _overlay(image: Image, heat: NDArray[np.float32]) -> Image:
    """Mix the image with a map in the colours of heat; a cell stays a square."""
    import cv2

    height, width = image.shape[:2]
    level = np.rint(np.clip(heat, 0.0, 1.0) * 255).astype(np.uint8)
    large = cv2.resize(level, (width, height), interpolation=cv2.INTER_NEAREST)
    colours = cv2.cvtColor(cv2.applyColorMap(large, cv2.COLORMAP_JET), cv2.COLOR_BGR2RGB)
    return np.asarray(cv2.addWeighted(image, 0.5, colours, 0.5, 0.0), np.uint8)
