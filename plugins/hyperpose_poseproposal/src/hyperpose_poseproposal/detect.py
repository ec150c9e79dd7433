"""Detections: the boxes of parts that a network's maps hold, one for every part that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Detections:
    """N boxes of parts, those of one part together, the surest first.

    Args:
        part, row, column: `[N]`, which part, and the cell that found it.
        box: `[N, 4]`: x and y of the centre in cells from the upper left corner of the map, width
            and height in cells.
        score: `[N]` in [0, 1], response times IoU.
        first: `[K + 1]`: the detections of part k are `first[k]` to `first[k + 1]`.
    """

    part: Ints
    row: Ints
    column: Ints
    box: Floats
    score: Floats
    first: Ints

    def of(self, part: int) -> slice:
        """Return where the detections of a part are."""
        return slice(int(self.first[part]), int(self.first[part + 1]))


def detect(maps: Sequence[Floats], threshold: float, nms_threshold: float) -> Detections:
    """Find parts: cells that are sure enough, and of overlapping boxes of one part the surest.

    Args:
        maps: `(pc, pi, px, py, pw, ph)`, `[h, w, K]` each.
        threshold: lowest response times IoU.
        nms_threshold: boxes that overlap with a larger IoU are one detection.
    """
    score = np.clip(maps[0] * maps[1], 0.0, 1.0)
    row, column, part = np.nonzero(score > threshold)
    order = np.lexsort((-score[row, column, part], part))
    row, column, part = row[order], column[order], part[order]
    x, y, w, h = (m[row, column, part] for m in maps[2:6])
    height, width, kinds = score.shape
    box = np.stack([x + column, y + row, w * width, h * height], -1).astype(np.float32)
    first = np.searchsorted(part, np.arange(kinds + 1))
    kept = np.concatenate([suppress(box[a:b], nms_threshold) for a, b in pairwise(first)])
    row, column, part, box = row[kept], column[kept], part[kept], box[kept]
    first = np.searchsorted(part, np.arange(kinds + 1))
    return Detections(part, row, column, box, score[row, column, part], first)


def suppress(boxes: Floats, threshold: float) -> NDArray[np.bool_]:
    """Return which boxes are kept when each that is kept removes the overlapping ones after it.

    Args:
        boxes: `[N, 4]` centre and size, the surest first.
        threshold: of the IoU.
    """
    kept = np.zeros(len(boxes), bool)
    left = np.ones(len(boxes), bool)
    removes = np.triu(overlaps(boxes) > threshold, 1)
    while left.any():
        # Of those left, whoever nobody left removes is safe; a few rounds settle all.
        safe = left & ~removes[left].any(axis=0)
        kept |= safe
        left &= ~safe & ~removes[safe].any(axis=0)
    return kept


def overlaps(boxes: Floats) -> Floats:
    """Return the IoU of every two of `[N, 4]` boxes, `[N, N]`."""
    centre, size = boxes[:, :2], boxes[:, 2:]
    low, high = centre - size / 2, centre + size / 2
    common = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    inner = np.maximum(common, 0).prod(-1)
    area = size.prod(-1)
    return np.asarray(inner / np.maximum(area[:, None] + area - inner, 1e-9), np.float32)
