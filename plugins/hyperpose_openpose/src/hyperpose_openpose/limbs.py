"""Limbs: how well the part affinity fields say that two peaks belong together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hyperpose_openpose.peaks import Bools, Floats, Ints, Peaks

Limbs = Sequence[tuple[int, int]]
Complex = NDArray[np.complex64]

NEAREST = 32
"""Of limbs between keypoints that stand for themselves so many are looked at from each start, those
to the nearest ends: in a crowd the work grows with the people, not with their pairs."""


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

    def pick(self, which: Bools | Ints) -> Pairs:
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


def near_pairs(
    peaks: Peaks, chosen: Ints, limbs: Limbs, parts: int, nearest: int
) -> Iterator[Pairs]:
    """Yield pairs of peaks for every limb, in the order of the limbs.

    Args:
        chosen: `[N]`, the peaks that are looked at, ascending.
        nearest: so many ends of each start, and those as near as the last of them.
    """
    part = peaks.part[chosen]
    starts = np.searchsorted(part, np.arange(parts + 1))
    longest = int(np.diff(starts).max())
    # A row for each part; where it has fewer peaks than another, NaN, which is near nothing.
    table = np.full((2, parts, longest), np.nan, np.float32)
    table[:, part, np.arange(len(part)) - starts[part]] = peaks.x[chosen], peaks.y[chosen]
    first, second = np.array(limbs, np.intp).T
    together = _BLOCK // max(longest, 1) ** 2 + 1
    for i in range(0, len(limbs), together):
        one, other = first[i : i + together], second[i : i + together]
        across, down = table[:, other, np.newaxis] - table[:, one, :, np.newaxis]
        squared = across * across + down * down
        near = np.flatnonzero(squared <= _farthest(squared, nearest))
        limb, start, end = np.unravel_index(near, squared.shape)
        yield Pairs(i + limb, chosen[starts[one[limb]] + start], chosen[starts[other[limb]] + end])


def _farthest(squared: Floats, nearest: int) -> Floats:
    """Return how far that one of each row is, infinitely where there are fewer."""
    if squared.shape[-1] <= nearest:
        return np.full(1, np.inf, np.float32)
    last = np.partition(squared, nearest - 1, axis=-1)[..., nearest - 1 : nearest]
    return np.fmin(last, np.float32(np.inf))


def score_pairs(
    field: Complex, peaks: Peaks, blocks: Iterable[Pairs], rule: Rule
) -> tuple[Pairs, Floats]:
    """Keep the pairs that pass the rule, and score them.

    Args:
        field: `[h, w, L]`, a vector x + iy for every limb.

    Returns:
        the pairs, and `[M]` float32, the mean of the field along each: 1 at best.
    """
    at = peaks.x + 1j * peaks.y
    scored = [_scored(field, at, pairs, rule) for pairs in blocks]
    limb, start, end, score = (np.concatenate(same) for same in zip(*scored, strict=True))
    return Pairs(limb, start, end), score


def as_field(paf: Floats) -> Complex:
    """View `[h, w, 2 L]`, x and y of each limb in turn, as one vector x + iy a limb."""
    return np.ascontiguousarray(paf, np.float32).view(np.complex64)


_BLOCK = 8192
"""Pairs that are looked at together: their arrays stay in the processor's cache."""


def _scored(
    field: Complex, at: Complex, pairs: Pairs, rule: Rule
) -> tuple[Ints, Ints, Ints, Floats]:
    if rule.middle > -np.inf:
        pairs = pairs.pick(_middle(field, at, pairs) > rule.middle)
    along = _along(field, at, pairs, rule.samples)
    enough = np.count_nonzero(along > rule.point_score, axis=0) >= rule.points * rule.samples - 1e-6
    score = along.mean(axis=0)
    keep = enough & (score > 0)
    pairs = pairs.pick(keep)
    return pairs.limb, pairs.start, pairs.end, score[keep]


def _middle(field: Complex, at: Complex, pairs: Pairs) -> Floats:
    """Return the largest part along the limb at three cells about its middle."""
    x, y, towards = _points(field, at, pairs, _MIDDLE)
    cell = _cell(field, np.rint(x), np.rint(y), pairs.limb)
    return (towards * field.reshape(-1)[cell]).real.max(axis=0)


def _along(field: Complex, at: Complex, pairs: Pairs, samples: int) -> Floats:
    """Return `[samples, M]`: the part along each limb, interpolated linearly between cells."""
    x, y, towards = _points(field, at, pairs, np.linspace(0, 1, samples, dtype=np.float32))
    column, row = np.floor(x), np.floor(y)
    right, below = x - column, y - row
    cell = _cell(field, column, row, pairs.limb)
    _, width, limbs = field.shape
    # Beyond the last row or column something else is read, and counts nothing: its weight is 0.
    read = partial(field.reshape(-1).take, mode="clip")
    upper = read(cell) * (1 - right) + read(cell + limbs) * right
    cell += width * limbs
    lower = read(cell) * (1 - right) + read(cell + limbs) * right
    return (towards * (upper * (1 - below) + lower * below)).real


_MIDDLE = np.array([0.35, 0.5, 0.65], np.float32)


def _points(
    field: Complex, at: Complex, pairs: Pairs, parts: Floats
) -> tuple[Floats, Floats, Complex]:
    """Return points on M lines from peak to peak, and what tells the part of a vector along each.

    Args:
        at: `[N]`, x + iy of the peaks.
        parts: `[T]`, at which part of the way each point is.

    Returns:
        x and y, `[T, M]`, inside the field; and `[M]`, the product of which with a vector of the
        field has the part along the line for its real part.
    """
    start, step = at[pairs.start], at[pairs.end] - at[pairs.start]
    points = start + parts[:, np.newaxis] * step
    x = np.minimum(np.maximum(points.real, 0), np.float32(field.shape[1] - 1))
    y = np.minimum(np.maximum(points.imag, 0), np.float32(field.shape[0] - 1))
    return x, y, np.conj(step) / np.maximum(np.abs(step), np.float32(1e-6))


def _cell(field: Complex, column: Floats, row: Floats, limb: Ints) -> Ints:
    """Return where in `field.reshape(-1)` the vectors of whole columns and rows are."""
    _, width, limbs = field.shape
    # float32 counts cells exactly up to 4096 x 4096 of them.
    return (row * width + column).astype(np.intp) * limbs + limb
