"""Pictures of the pifpaf family's maps, predicted or targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.skeletons import Skeleton
from hyperpose_pifpaf.fine import Floats
from hyperpose_pifpaf.options import Options

Image = NDArray[np.uint8]
SHIFT = 4
"""Bits of OpenCV's coordinates behind the point: lines begin and end between pixels."""
FARTHEST = 2000.0
"""Pixels; what OpenCV can draw of a training that diverges."""


class Visualizer:
    """Draws confidences and the vectors of composite fields."""

    def __call__(self, image: Image, maps: Sequence[Floats], skeleton: Skeleton) -> Image:
        """Draw the confidence, the vectors to keypoints and the vectors to the ends of limbs.

        Args:
            image: `[H, W, 3]` uint8 RGB.
            maps: `fields.MAPS`, `[h, w, C]` each; more are ignored.
            skeleton: colours the vectors.

        Returns:
            `[H, 3 W, 3]` uint8 RGB, the image three times: under the largest confidence of any
            keypoint, blue 0 and red 1; with a line from each cell near a keypoint to it; with lines
            from each cell on a limb to its two ends.
        """
        return np.concatenate(list(self.panels(image, maps, skeleton, False).values()), axis=1)

    def panels(
        self, image: Image, maps: Sequence[Floats], skeleton: Skeleton, parts: bool
    ) -> dict[str, Image]:
        """Return pictures by their titles, of the image's size, as `contracts.Visualizer` says."""
        confidence, vectors, _, on_limb, to_ends, _ = (np.asarray(m, np.float32) for m in maps[:6])
        first = [limb[0] for limb in skeleton.limbs]
        colors = np.array(skeleton.colors)
        known = np.nan_to_num(confidence)
        found = {
            "confidence of keypoints": _overlay(image, known.max(axis=-1, initial=0.0)),
            "vectors to keypoints": _lines(image, confidence, vectors, colors),
            "vectors to ends of limbs": _lines(image, on_limb, to_ends, colors[first]),
        }
        if not parts:
            return found
        for number, name in enumerate(skeleton.keypoints):
            found[name] = _overlay(image, known[..., number])
        for number, ends in enumerate(skeleton.limbs):
            start, end = (skeleton.keypoints[i] for i in ends)
            found[f"{start} to {end}"] = _overlay(image, np.nan_to_num(on_limb)[..., number])
        return found


visualize = Visualizer()


def _overlay(image: Image, heat: Floats) -> Image:
    """Mix the image with a map in the colours of heat; where the map is 0 the image is darker."""
    import cv2

    height, width = image.shape[:2]
    level = np.rint(np.clip(heat, 0.0, 1.0) * 255).astype(np.uint8)
    large = cv2.resize(level, (width, height), interpolation=cv2.INTER_NEAREST)
    colours = cv2.cvtColor(cv2.applyColorMap(large, cv2.COLORMAP_JET), cv2.COLOR_BGR2RGB)
    return np.asarray(cv2.addWeighted(image, 0.5, colours, 0.5, 0.0), np.uint8)


def _lines(image: Image, confidence: Floats, vectors: Floats, colors: NDArray[np.int_]) -> Image:
    """Draw lines from the cells that are sure to where they point, the surest last."""
    import cv2

    rows, columns, count = confidence.shape
    picture = (image // 2).astype(np.uint8)
    row, column, channel = np.nonzero(confidence > Options.cell_threshold)
    order = np.argsort(confidence[row, column, channel], kind="stable")
    row, column, channel = row[order], column[order], channel[order]
    ends = vectors.reshape(rows, columns, count, -1, 2)[row, column, channel]
    with np.errstate(over="ignore", invalid="ignore"):  # of a training that diverges
        ends = np.nan_to_num(ends * (rows / confidence[row, column, channel])[:, None, None])
    cell = np.stack([column, row], -1)[:, None]
    size = np.array([image.shape[1] / columns, image.shape[0] / rows])
    start, stop = (
        _pixels(cells, size) for cells in (np.broadcast_to(cell, ends.shape), cell + ends)
    )
    for one, other, number in zip(start, stop, channel.tolist(), strict=True):
        for a, b in zip(one.tolist(), other.tolist(), strict=True):
            color = colors[number].tolist()
            cv2.line(picture, a, b, color, 1, cv2.LINE_AA, SHIFT)
    return picture


def _pixels(cells: NDArray[Any], size: NDArray[Any]) -> NDArray[np.int_]:
    """Return places in cells as OpenCV's coordinates."""
    pixels = np.clip((cells + 0.5) * size - 0.5, -FARTHEST, FARTHEST)
    return np.rint(pixels * 2**SHIFT).astype(int)
