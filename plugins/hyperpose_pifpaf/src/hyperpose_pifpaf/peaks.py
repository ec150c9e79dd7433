"""Peaks: the keypoints that the intensity field shows, each once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hyperpose_pifpaf.fine import Floats, Grid, Ints, Points, accumulate, bell, merged

NEAREST = 1.0
"""Cells: two keypoints of one kind are at least so far from one another, or their scale."""
REACH = 1.5
"""Cells: what points so near at a keypoint means it, or nearer than twice its scale."""
FARTHEST = 8.0
"""Cells: so far this may be."""


def pointed_at(confidence: Floats, vectors: Floats, scales: Floats, threshold: float) -> Points:
    """Return where the cells of an intensity field point.

    Args:
        confidence, vectors, scales: `[h, w, K]`, `[h, w, 2 K]` and `[h, w, K]`, see `fields.MAPS`.
        threshold: cells with a lower confidence are left out, and those that point outside.
    """
    height, width, parts = confidence.shape
    row, column, part = np.nonzero(confidence > threshold)
    cells = height / confidence[row, column, part]
    vector = vectors.reshape(height, width, parts, 2)[row, column, part] * cells[:, None]
    scale = scales[row, column, part] * cells
    x, y = (column + vector[:, 0]).astype(np.float32), (row + vector[:, 1]).astype(np.float32)
    score = np.clip(confidence[row, column, part], 0, 1)
    inside = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    # A diverged network finds nobody rather than stopping the evaluation.
    return Points(part, x, y, scale, score).pick(inside & np.isfinite(scale))


def find_peaks(grid: Grid, points: Points, full: int, threshold: float) -> tuple[Points, Ints]:
    """Find keypoints.

    A place that a cell points at is a keypoint where no surer one of the same kind is near; its
    exact place is the mean of those that the cells around point at.

    Args:
        points: what `pointed_at` returned.
        full: how many cells around a keypoint are taught to point at it.
        threshold: lowest score, which is the accumulated confidence, at most 1.

    Returns:
        the keypoints, and the number of the one that each fine cell is near to, -1 where none is.
    """
    points = merged(grid, points)
    home = grid.place(points.part, points.x, points.y)
    total = accumulate(grid, points, full)
    seeds = replace(points, score=np.minimum(total[home], np.float32(1)))
    order = np.argsort(seeds.score, kind="stable")
    seeds = seeds.pick(order[seeds.score[order] > threshold])
    peaks = seeds.pick(_surest(grid, seeds))
    owner = _nearest(grid, peaks, reach(peaks.scale))
    return _centred(grid, peaks, points, owner[home]), owner


def reach(scale: Floats) -> Floats:
    """Return how far from a keypoint a cell may point that means it, in cells."""
    return np.clip(2 * scale, REACH, FARTHEST).astype(np.float32)


def _surest(grid: Grid, seeds: Points) -> Ints:
    """Return which of the seeds, the surest last, have no surer one near."""
    item, place, _ = grid.around(seeds, np.clip(seeds.scale, NEAREST, FARTHEST).astype(np.float32))
    owner = np.full(int(np.prod(grid.shape)), -1, np.intp)
    owner[place] = item
    home = grid.place(seeds.part, seeds.x, seeds.y)
    owner[home] = np.maximum(owner[home], np.arange(len(seeds)))
    return np.flatnonzero(owner[home] == np.arange(len(seeds)))


def _nearest(grid: Grid, peaks: Points, radius: Floats) -> Ints:
    """Return the nearest peak of each fine cell, -1 where none is."""
    item, place, far = grid.around(peaks, radius)
    order = np.argsort(-far, kind="stable")
    owner = np.full(int(np.prod(grid.shape)), -1, np.intp)
    owner[place[order]] = item[order]
    return owner


def _centred(grid: Grid, peaks: Points, points: Points, owner: Ints) -> Points:
    """Move peaks to the weighted mean of the places around them.

    Args:
        owner: `[N]`, the peak near which each of the points is, -1 for none.
    """
    points, owner = points.pick(owner >= 0), owner[owner >= 0]
    spread = bell(grid, peaks.scale)[owner]
    squares = np.square(points.x - peaks.x[owner]) + np.square(points.y - peaks.y[owner])
    weight = points.score * np.exp(-0.5 * squares / np.square(spread))
    count = len(peaks)
    whole = np.maximum(np.bincount(owner, weight, count), 1e-12)
    x, y, scale = (
        (np.bincount(owner, weight * values, count) / whole).astype(np.float32)
        for values in (points.x, points.y, points.scale)
    )
    return replace(peaks, x=x, y=y, scale=scale)
