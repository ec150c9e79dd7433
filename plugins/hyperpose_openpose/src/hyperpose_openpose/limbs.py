"""Limbs: how well the part affinity fields say that two peaks belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hyperpose_openpose.peaks import Floats, Ints, Peaks

Limbs = Sequence[tuple[int, int]]
Complex = NDArray[np.complex64]


@dataclass(frozen=True)
class Pairs:
    """M pairs of peaks that a limb could join.

    Args:
        limb: `[M]`, which of the skeleton's limbs.
        start, end: `[M]`, the peaks at its two ends, as indices.
    """

    limb: Ints
    start: Ints
    end: Ints

    def pick(self, which: NDArray[np.bool_] | Ints) -> Pairs:
        """Return some of them."""
        return Pairs(self.limb[which], self.start[which], self.end[which])


@dataclass(frozen=True)
class Rule:
    """When two peaks count as joined.

    Args:
        point_score: a point of the limb counts when the field's part along the limb is above this.
        points: the share of the points that must count.
        middle: at one of three cells about the middle the field must be above this: a quick look
            that spares most pairs of a crowd the closer one.
        samples: points at which the field is read.
    """

    point_score: float
    points: float
    middle: float
    samples: int = 10


STRONG = Rule(point_score=0.1, points=0.9, middle=0.05)
"""For limbs between keypoints that stand for themselves: no gap, as between people in a row."""

WEAK = Rule(point_score=0.02, points=0.6, middle=-np.inf)
"""For keypoints that complete a person: nothing else claims them."""


def all_pairs(peaks: Peaks, limbs: Limbs, parts: int) -> Pairs:
    """List every pair of peaks for every limb, in the order of the limbs."""
    starts = peaks.starts(parts)
    counts = np.diff(starts)
    first, second = np.asarray(limbs, np.intp).reshape(-1, 2).T
    sizes = counts[first] * counts[second]
    limb = np.repeat(np.arange(len(sizes)), sizes)
    within = np.arange(len(limb)) - (np.cumsum(sizes) - sizes)[limb]
    row, column = np.divmod(within, np.maximum(counts[second], 1)[limb])
    return Pairs(limb, starts[first][limb] + row, starts[second][limb] + column)


def score_pairs(field: Complex, peaks: Peaks, pairs: Pairs, rule: Rule) -> tuple[Pairs, Floats]:
    """Keep the pairs that pass the rule, and score them.

    Args:
        field: `[h, w, L]`, a vector x + iy for every limb.

    Returns:
        the pairs, and `[M]` float32, the mean of the field along each: 1 at best.
    """
    at = peaks.x + 1j * peaks.y
    if rule.middle > -np.inf:
        pairs = pairs.pick(_middle(field, at, pairs) > rule.middle)
    along = _along(field, at, pairs, rule.samples)
    enough = np.count_nonzero(along > rule.point_score, axis=0) >= rule.points * rule.samples - 1e-6
    score = along.mean(axis=0)
    keep = enough & (score > 0)
    return pairs.pick(keep), score[keep]


def as_field(paf: Floats) -> Complex:
    """View `[h, w, 2 L]`, x and y of each limb in turn, as one vector x + iy a limb."""
    return np.ascontiguousarray(paf, np.float32).view(np.complex64)


def _direction(step: Complex) -> Complex:
    """Return what turns a vector of the field into its part along the limb, the real part."""
    length = np.maximum(np.abs(step), np.float32(1e-6))
    return (np.conj(step) / length).astype(np.complex64)


def _middle(field: Complex, at: Complex, pairs: Pairs) -> Floats:
    """Return the largest part along the limb at three cells about its middle."""
    height, width, limbs = field.shape
    start, step = at[pairs.start], at[pairs.end] - at[pairs.start]
    points = start + np.array([[0.35], [0.5], [0.65]], np.float32) * step
    x = np.clip(np.rint(points.real), 0, width - 1).astype(np.intp)
    y = np.clip(np.rint(points.imag), 0, height - 1).astype(np.intp)
    values = field.reshape(-1)[(y * width + x) * limbs + pairs.limb]
    return (_direction(step) * values).real.max(axis=0)


def _along(field: Complex, at: Complex, pairs: Pairs, samples: int) -> Floats:
    """Return `[samples, M]`: the part along each limb, interpolated linearly between cells."""
    height, width, limbs = field.shape
    start, step = at[pairs.start], at[pairs.end] - at[pairs.start]
    points = start + np.linspace(0, 1, samples, dtype=np.float32)[:, None] * step
    x, y = np.clip(points.real, 0, width - 1), np.clip(points.imag, 0, height - 1)
    column, row = x.astype(np.intp), y.astype(np.intp)
    part_x, part_y = x - column, y - row
    right, below = (column < width - 1) * limbs, (row < height - 1) * (width * limbs)
    cells, cell = field.reshape(-1), (row * width + column) * limbs + pairs.limb
    upper = cells[cell] * (1 - part_x) + cells[cell + right] * part_x
    lower = cells[cell + below] * (1 - part_x) + cells[cell + below + right] * part_x
    return (_direction(step) * (upper * (1 - part_y) + lower * part_y)).real
