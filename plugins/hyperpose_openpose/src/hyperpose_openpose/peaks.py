"""Peaks of confidence maps: local maxima, plateaus counted once, with sub-pixel positions."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

MOST = 512
"""Of one keypoint so many peaks are kept, the highest: noise on a large map has thousands."""

_TINY = np.float32(1e-6)
_VALLEY = np.float32(0.6)
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)


@dataclass(frozen=True)
class Peaks:
    """N peaks in K maps, ordered by map.

    Args:
        part: `[N]`, the map that each is in, ascending.
        x, y: `[N]` float32, in cells of the map, the centre of the upper left cell at (0, 0).
        score: `[N]` float32, the height.
    """

    part: Ints
    x: Floats
    y: Floats
    score: Floats

    def starts(self, parts: int) -> Ints:
        """Return `[parts + 1]`: the peaks of part k are those from `starts[k]` to `starts[k+1]`."""
        return np.searchsorted(self.part, np.arange(parts + 1))


@dataclass(frozen=True)
class _Padded:
    """K maps in a margin of -inf, so that all that is read around a cell is there.

    Args:
        values: `[h + 4, w + 4, K]`. A cell is an index into all of them.
    """

    values: Floats

    @classmethod
    def of(cls, maps: Floats) -> _Padded:
        height, width, parts = maps.shape
        values = np.full((height + 4, width + 4, parts), -np.inf, np.float32)
        values[2:-2, 2:-2] = maps
        return cls(values)

    def around(self, cells: Ints) -> Floats:
        """Return `[3, 3, N]`: the neighbours of each cell, itself in the middle."""
        row, column = self._steps(3)
        return self.values.reshape(-1)[cells + (row[:, np.newaxis] + column)[..., np.newaxis]]

    def across(self, cells: Ints) -> Floats:
        """Return `[5, 2, N]`: the five cells of the row, and of the column, about each cell."""
        row, column = self._steps(5)
        return self.values.reshape(-1)[cells + np.stack([column, row], axis=1)[..., np.newaxis]]

    def places(self, cells: Ints) -> tuple[Ints, Ints, Ints]:
        """Return `[N]` each: column, row and map."""
        row, column, part = np.unravel_index(cells, self.values.shape)
        return column - 2, row - 2, part

    def _steps(self, count: int) -> tuple[Ints, Ints]:
        steps = np.arange(count) - count // 2
        _, width, parts = self.values.shape
        return steps * (width * parts), steps * parts


def find_peaks(maps: Floats, threshold: float, sigma: float) -> Peaks:
    """Find the local maxima above a threshold.

    Args:
        maps: `[h, w, K]` float32.
        threshold: lower maxima are left out.
        sigma: of the Gaussians in the targets, in cells; used where only one side of a peak is
            seen: at the border, and beside another peak.

    Returns:
        each maximum once, also where it is flat and as wide as the whole map; of each map the
        `MOST` highest.
    """
    padded = _Padded.of(maps)
    top = cv2.dilate(padded.values, _CROSS).reshape(padded.values.shape)
    cells = np.flatnonzero((padded.values >= top) & (padded.values > threshold))
    around = padded.around(cells)
    tied, keep = _tied(around), ~_beaten(around)
    peaks = _fitted(padded, cells[keep & ~tied], sigma)
    if (tied & keep).any():
        small, wide = _plateaus(padded, cells[tied & keep])
        peaks = np.concatenate([peaks, _fitted(padded, small, sigma), wide], axis=1)
    part = peaks[0].astype(np.intp)
    order = _highest(part, peaks[3])
    return Peaks(part[order], *peaks[1:, order])


def _highest(part: Ints, score: Floats) -> Ints:
    """Order by map; leave out what is not among the `MOST` highest of its map."""
    if len(part) > MOST:
        falling = np.lexsort((-score, part))
        rank = np.arange(len(part)) - np.searchsorted(part[falling], part[falling])
        kept = np.sort(falling[rank < MOST])
        return kept[np.argsort(part[kept], kind="stable")]
    return np.argsort(part, kind="stable")


def _beaten(around: Floats) -> Bools:
    """Tell which cells have a higher neighbour.

    One across a corner does not count where a valley lies between: two people may be that near.
    """
    value, (up, left, right, down) = around[1, 1], around.reshape(9, -1)[1::2]
    beaten = np.maximum(np.maximum(up, down), np.maximum(left, right)) > value
    valley = _VALLEY * value
    for corner, side, other in zip(
        around.reshape(9, -1)[[0, 2, 6, 8]], (up, up, down, down), (left, right) * 2, strict=True
    ):
        beaten |= (corner > value) & (np.maximum(side, other) >= valley)
    return beaten


def _tied(around: Floats) -> Bools:
    """Tell which cells have an equal neighbour."""
    return np.count_nonzero(around == around[1, 1], axis=(0, 1)) > 1


def _fitted(padded: _Padded, cells: Ints, sigma: float) -> Floats:
    """Return `[4, N]`, map, x, y and height of the top of the Gaussian about each cell."""
    around = padded.across(cells)
    shift, rise = _vertex(around, sigma)
    x, y, part = padded.places(cells)
    height = around[2, 0] * np.exp(rise[0] + rise[1])
    return np.stack([part, x + shift[0], y + shift[1], height]).astype(np.float32)


def _plateaus(padded: _Padded, cells: Ints) -> tuple[Ints, Floats]:
    """Find the flat areas with nothing above them that hold these cells.

    Returns:
        a cell of each area of at most two cells either way, where the parabola finds the top
        between them; and `[4, M]`, as `_fitted`, the wide ones, whose cells say nothing about where
        the top is: it is put in their middle.
    """
    part = padded.places(cells)[2].tolist()
    level = padded.values.reshape(-1)[cells].tolist()
    found = [_at_level(padded, *where) for where in sorted(set(zip(part, level, strict=True)))]
    small, wide = zip(*found, strict=True)
    return np.concatenate(small), np.concatenate(wide, axis=1).astype(np.float32)


def _at_level(padded: _Padded, part: int, level: float) -> tuple[Ints, Floats]:
    """Return what `_plateaus` does of one map and one level."""
    flat = padded.values[..., part] == level
    cells = np.flatnonzero(flat) * padded.values.shape[2] + part
    _, labels, stats, middles = cv2.connectedComponentsWithStats(flat.astype(np.uint8))
    label = labels[flat]
    areas = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] > 1)
    tops = np.setdiff1d(areas[areas > 0], label[_beaten(padded.around(cells))])
    small = (stats[tops, cv2.CC_STAT_WIDTH] <= 2) & (stats[tops, cv2.CC_STAT_HEIGHT] <= 2)
    _, first = np.unique(label, return_index=True)
    x, y = middles[tops[~small]].T - 2
    return cells[first[tops[small] - 1]], np.stack(
        [np.full(len(x), part), x, y, np.full(len(x), level)]
    )


def _vertex(around: Floats, sigma: float) -> tuple[Floats, Floats]:
    """Fit a Gaussian along one axis: a parabola through three logarithms.

    Args:
        around: `[5, ...]`, two cells before each peak to two after; -inf outside the map.

    Returns:
        `[...]` each: the offset of the top in cells, at most half a cell, and the logarithm of its
        height over the middle cell's.
    """
    middle = around[2]
    left, right = (_usable(around[i], around[j], middle) for i, j in ((1, 0), (3, 4)))
    logs = np.log(np.maximum(around[1:4], _TINY * np.maximum(middle, _TINY)))
    fall_left, fall_right = logs[1] - logs[0], logs[1] - logs[2]
    left, right = left | ~(left | right) & (fall_left < fall_right), right
    curvature = fall_left + fall_right
    both = (fall_left - fall_right) / np.maximum(2 * curvature, _TINY)
    only_left, only_right = sigma**2 * fall_left - 0.5, 0.5 - sigma**2 * fall_right
    shift = np.where(left & right, both, np.where(left, only_left, only_right))
    shift = np.minimum(np.maximum(shift, -0.5), 0.5)
    # Never a narrower Gaussian than the target's: its top would be out of all proportion.
    inverse = np.where(left & right, np.minimum(curvature, sigma**-2), sigma**-2)
    return shift, shift**2 * inverse / 2


def _usable(beside: Floats, beyond: Floats, middle: Floats) -> Bools:
    """Tell whether a neighbour belongs to this peak: inside the map, not another peak's flank."""
    return np.isfinite(beside) & ~((beyond > beside) & (beyond > 0.5 * middle))
