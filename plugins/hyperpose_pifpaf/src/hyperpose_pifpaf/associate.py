"""Associations: which keypoints the association field says are the two ends of a limb."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hyperpose_pifpaf.fine import Floats, Grid, Ints, Points
from hyperpose_pifpaf.peaks import reach

Limbs = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Joints:
    """M pairs of keypoints that a limb joins.

    Args:
        limb: `[M]`.
        start, end: `[M]`, numbers of peaks.
        strength: `[M]` in [0, 1].
    """

    limb: Ints
    start: Ints
    end: Ints
    strength: Floats

    def pick(self, which: NDArray[np.bool_] | Ints) -> Joints:
        """Return some of them."""
        return Joints(self.limb[which], self.start[which], self.end[which], self.strength[which])


@dataclass(frozen=True)
class Field:
    """An association field of one image, see `fields.MAPS`.

    Args:
        confidence, vectors, scales: `[h, w, L]`, `[h, w, 4 L]` and `[h, w, 2 L]`.
    """

    confidence: Floats
    vectors: Floats
    scales: Floats


def associate(
    field: Field, threshold: float, limbs: Limbs, grid: Grid, peaks: Points, owner: Ints
) -> Joints:
    """Find what joins peaks: cells whose two vectors end at one peak each.

    A cell's strength is its confidence times, for both ends, exp(-d / r), with the distance d
    between where it points and the peak (the paper's equation 3, in which r is the spread; here it
    is the reach of a keypoint of the scale that the cell sees at that end). That of two peaks is
    their strongest cell's. Only those stay that are the best of both: the way back from a
    keypoint's best leads to it again.

    Args:
        threshold: cells with a lower confidence are left out.
        owner: the number of the peak that each fine cell is near to, -1 where none is.
    """
    limb, strength, ends, scales = _pointed_at(field, threshold)
    parts = np.asarray(limbs, np.intp).reshape(-1, 2)[limb]
    near = np.zeros(parts.shape, np.intp)
    for side in (0, 1):
        x, y = ends[:, side, 0], ends[:, side, 1]
        near[:, side] = owner[grid.place(parts[:, side], x, y)]
        if len(peaks):
            far = np.hypot(x - peaks.x[near[:, side]], y - peaks.y[near[:, side]])
            strength = strength * np.exp(-far / reach(scales[:, side]))
    both = (near[:, 0] >= 0) & (near[:, 1] >= 0)
    found = Joints(limb, near[:, 0], near[:, 1], strength).pick(both)
    return _mutual(_strongest(found, len(peaks)), peaks)


def _pointed_at(field: Field, threshold: float) -> tuple[Ints, Floats, Floats, Floats]:
    """Read the cells that are sure.

    Returns:
        `[M]` the limb and its confidence, `[M, 2, 2]` x and y of both ends and `[M, 2]` their
        scales, in cells.
    """
    height, width, limbs = field.confidence.shape
    row, column, limb = np.nonzero(field.confidence > threshold)
    cells = height / field.confidence[row, column, limb]
    vectors = field.vectors.reshape(height, width, limbs, 2, 2)[row, column, limb]
    ends = vectors * cells[:, None, None] + np.stack([column, row], -1).astype(np.float32)[:, None]
    scales = field.scales.reshape(height, width, limbs, 2)[row, column, limb] * cells[:, None]
    confidence = np.clip(field.confidence[row, column, limb], 0, 1)
    # A diverged network joins nobody rather than stopping the evaluation.
    good = np.isfinite(ends).all((1, 2)) & np.isfinite(scales).all(1)
    return limb[good], confidence[good], ends[good], scales[good]


def _strongest(joints: Joints, peaks: int) -> Joints:
    """Keep the strongest cell of each two peaks."""
    pair = (joints.limb * peaks + joints.start) * peaks + joints.end
    return joints.pick(_best(pair, joints.strength))


def _mutual(joints: Joints, peaks: Points) -> Joints:
    """Keep those that are the best of both ends, where the other end's score counts too."""
    count = len(peaks)
    kept = np.ones(len(joints.limb), bool)
    for near, other in ((joints.start, joints.end), (joints.end, joints.start)):
        best = _best(joints.limb * count + near, joints.strength * peaks.score[other])
        kept &= np.isin(np.arange(len(kept)), best)
    return joints.pick(kept)


def _best(group: Ints, value: Floats) -> Ints:
    """Return the index of the largest value of each group."""
    order = np.lexsort((value, group))
    last = np.append(group[order][1:] != group[order][:-1], True)
    return order[last[: len(order)]]
