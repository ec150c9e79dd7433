"""Detections: the boxes of parts that a network's maps hold, one for every part that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
MOST = 512
"""Boxes of one part that are looked at, the surest: noise has one in every cell."""
LARGEST = 10
"""Times the map's size that a box may have: where no sigmoid ends a model, it may overshoot."""


@dataclass(frozen=True)
class Detections:
    """N boxes of parts, those of one part together, the surest first.

    Args:
        part, row, column: `[N]`, which part, and the cell that found it.
        box: `[N, 4]`: x and y of the centre in cells from the upper left corner of the map, width
            and height in cells.
        score: `[N]` in [0, 1], response times IoU.
        parts: K, how many there could be.
    """

    part: Ints
    row: Ints
    column: Ints
    box: Floats
    score: Floats
    parts: int

    def pick(self, which: Bools | Ints) -> Detections:
        """Return some of them."""
        part, row, column = self.part[which], self.row[which], self.column[which]
        return Detections(part, row, column, self.box[which], self.score[which], self.parts)

    def table(self) -> Ints:
        """Return `[K, M]`: the detections of each part, in their order, and -1 after them."""
        first = np.searchsorted(self.part, np.arange(self.parts + 1))
        table = np.full((self.parts, int(np.diff(first).max())), -1)
        numbers = np.arange(len(self.part))
        table[self.part, numbers - first[self.part]] = numbers
        return table


def detect(maps: Sequence[Floats], threshold: float, nms_threshold: float) -> Detections:
    """Find parts: cells that are sure enough, and of overlapping boxes of one part the surest.

    Boxes whose centre is outside of the map, or that are `LARGEST` times as large, are no network's
    that has learned anything, and are left out; of each part the `MOST` surest are looked at.

    Args:
        maps: `(pc, pi, px, py, pw, ph)`, `[h, w, K]` each.
        threshold: lowest response times IoU.
        nms_threshold: boxes that overlap with a larger IoU are one detection.
    """
    score = np.minimum(np.maximum(maps[0] * maps[1], np.float32(0)), np.float32(1))
    height, width, parts = score.shape
    cells = np.flatnonzero(score > threshold)
    row, column, part = np.unravel_index(cells, score.shape)
    sure = score.reshape(-1)[cells]
    x, y, w, h = (m.reshape(-1)[cells] for m in maps[2:6])
    box = np.stack([x + column, y + row, w * width, h * height], -1).astype(np.float32)
    order = np.lexsort((-sure, part))
    order = order[_lies_in(box[order], np.array([width, height], np.float32))]
    found = Detections(part, row, column, box, sure, parts).pick(order)
    table = found.table()[:, :MOST]
    kept = np.zeros(len(found.part), bool)
    kept[table[suppress(found.box[table], table >= 0, nms_threshold)]] = True
    return found.pick(kept)


def _lies_in(boxes: Floats, size: Floats) -> Bools:
    """Tell which of `[N, 4]` boxes have their centre on a map, and a size that can be."""
    centre, extent = boxes[:, :2], boxes[:, 2:]
    inside = (centre >= 0) & (centre <= size) & (extent >= 0) & (extent <= LARGEST * size)
    return np.asarray(inside.all(axis=1), np.bool_)


def suppress(boxes: Floats, there: Bools, threshold: float) -> Bools:
    """Return which boxes are kept when each that is kept removes the overlapping ones after it.

    Args:
        boxes: `[..., N, 4]` centre and size, the surest first, of several groups.
        there: `[..., N]`, which are boxes; the others fill up their group.
        threshold: of the IoU.
    """
    kept, left = np.zeros_like(there), there
    removes = np.triu(overlaps(boxes) > threshold, 1)
    while left.any():
        # Of those left, whoever nobody left removes is safe; a few rounds settle all.
        safe = left & ~(removes & left[..., np.newaxis]).any(axis=-2)
        kept = kept | safe
        left = left & ~safe & ~(removes & safe[..., np.newaxis]).any(axis=-2)
    return kept


def overlaps(boxes: Floats) -> Floats:
    """Return the IoU of every two of `[..., N, 4]` boxes, `[..., N, N]`."""
    centre, half = boxes[..., :2], boxes[..., 2:] / 2
    low, high = centre - half, centre + half
    (low_x, low_y), (high_x, high_y) = (np.moveaxis(corner, -1, 0) for corner in (low, high))
    inner = _common(low_x, high_x) * _common(low_y, high_y)
    area = boxes[..., 2] * boxes[..., 3]
    union = area[..., np.newaxis] + area[..., np.newaxis, :] - inner
    return np.asarray(inner / np.maximum(union, 1e-9), np.float32)


def _common(low: Floats, high: Floats) -> Floats:
    """Return `[..., N, N]`: the length that every two of `[..., N]` stretches have in common."""
    end = np.minimum(high[..., np.newaxis], high[..., np.newaxis, :])
    return np.maximum(end - np.maximum(low[..., np.newaxis], low[..., np.newaxis, :]), 0)
