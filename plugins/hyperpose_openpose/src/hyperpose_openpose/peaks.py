"""Peaks of confidence maps: local maxima, plateaus counted once, with sub-pixel positions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]

_TINY = 1e-6
_VALLEY = 0.6


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


def find_peaks(maps: Floats, threshold: float, sigma: float) -> Peaks:
    """Find the local maxima above a threshold.

    Args:
        maps: `[h, w, K]` float32.
        threshold: lower maxima are left out.
        sigma: of the Gaussians in the targets, in cells; used where only one side of a peak is
            seen: at the border, and beside another peak.

    Returns:
        each maximum once, also where it is flat and as wide as the whole map.
    """
    padded = np.pad(maps, ((2, 2), (2, 2), (0, 0)), constant_values=-np.inf)
    x, y, part, flat = _maxima(maps, padded, threshold)
    column, row = np.rint(x).astype(np.intp), np.rint(y).astype(np.intp)
    shift_x, rise_x = _vertex(
        np.stack([padded[row + 2, column + i, part] for i in range(5)]), sigma
    )
    shift_y, rise_y = _vertex(
        np.stack([padded[row + i, column + 2, part] for i in range(5)]), sigma
    )
    # Flat cells say nothing about where on a wide plateau the top is: its middle stays.
    wide = ~np.isnan(flat)
    score = np.where(wide, flat, maps[row, column, part] * np.exp(rise_x + rise_y))
    x, y = np.where(wide, x, x + shift_x), np.where(wide, y, y + shift_y)
    order = np.argsort(part, kind="stable")
    values = (v[order].astype(np.float32) for v in (x, y, score))
    return Peaks(part[order], *values)


def _maxima(maps: Floats, padded: Floats, threshold: float) -> tuple[Floats, Floats, Ints, Floats]:
    """Return x, y and map of every maximum, and the level of wide plateaus, NaN for the others.

    The place of a wide plateau is its middle.
    """
    inner = padded[1:-1, 1:-1]
    sides = np.maximum(
        np.maximum(inner[:-2, 1:-1], inner[2:, 1:-1]), np.maximum(inner[1:-1, :-2], inner[1:-1, 2:])
    )
    y, x, part = np.nonzero((maps >= sides) & (maps > threshold))
    keep = ~_beaten(padded, y, x, part)
    y, x, part = y[keep], x[keep], part[keep]
    tied = _tied(padded, y, x, part)
    if not tied.any():
        return x.astype(np.float32), y.astype(np.float32), part, np.full(len(x), np.nan, np.float32)
    levels = sorted(set(zip(part[tied].tolist(), maps[y, x, part][tied].tolist(), strict=True)))
    tops = [_plateaus(maps, padded, k, level) for k, level in levels]
    single = np.stack([x, y, part, np.full(len(x), np.nan)], axis=-1)[~tied]
    x, y, part, flat = np.concatenate([single, *tops]).astype(np.float32).T
    return x, y, part.astype(np.intp), flat


def _beaten(padded: Floats, y: Ints, x: Ints, part: Ints) -> NDArray[np.bool_]:
    """Tell which cells have a higher neighbour.

    One across a corner does not count where a valley lies between: two people may be that near.
    """
    value = padded[y + 2, x + 2, part]
    up, down = padded[y + 1, x + 2, part], padded[y + 3, x + 2, part]
    left, right = padded[y + 2, x + 1, part], padded[y + 2, x + 3, part]
    beaten = np.maximum(np.maximum(up, down), np.maximum(left, right)) > value
    for dy, side_y in ((1, up), (3, down)):
        for dx, side_x in ((1, left), (3, right)):
            ridge = np.maximum(side_y, side_x) >= _VALLEY * value
            beaten |= (padded[y + dy, x + dx, part] > value) & ridge
    return beaten


def _tied(padded: Floats, y: Ints, x: Ints, part: Ints) -> NDArray[np.bool_]:
    """Tell which cells have an equal neighbour."""
    value = padded[y + 2, x + 2, part]
    around = [padded[y + dy, x + dx, part] for dy in (1, 2, 3) for dx in (1, 2, 3)]
    return np.sum([v == value for v in around], axis=0) > 1


def _plateaus(maps: Floats, padded: Floats, part: int, level: float) -> Floats:
    """Return `[M, 4]`, as `_maxima`, for each area of cells at one level with nothing above it.

    An area of at most two cells either way is not wide: the parabola finds the top between them.
    """
    import cv2

    y, x = np.nonzero(maps[..., part] == level)
    flat = np.zeros(maps.shape[:2], np.uint8)
    flat[y, x] = 1
    _, labels, stats, middles = cv2.connectedComponentsWithStats(flat)
    slopes = labels[y, x][_beaten(padded, y, x, np.full_like(x, part))]
    areas = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] > 1)
    tops = np.setdiff1d(areas[areas > 0], slopes)
    small = (stats[tops, cv2.CC_STAT_WIDTH] <= 2) & (stats[tops, cv2.CC_STAT_HEIGHT] <= 2)
    _, first = np.unique(labels[y, x], return_index=True)
    cells = np.stack([x, y], axis=-1)[first[tops - 1]]
    place = np.where(small[:, None], cells, middles[tops])
    return np.column_stack([place, np.full(len(tops), part), np.where(small, np.nan, level)])


def _vertex(around: Floats, sigma: float) -> tuple[Floats, Floats]:
    """Fit a Gaussian along one axis: a parabola through three logarithms.

    Args:
        around: `[5, N]`, two cells before each peak to two after; -inf outside the map.

    Returns:
        `[N]` each: the offset of the top in cells, at most half a cell, and the logarithm of its
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
    shift = np.clip(shift, -0.5, 0.5)
    # Never a narrower Gaussian than the target's: its top would be out of all proportion.
    inverse = np.where(left & right, np.minimum(curvature, sigma**-2), sigma**-2)
    return shift, shift**2 * inverse / 2


def _usable(beside: Floats, beyond: Floats, middle: Floats) -> NDArray[np.bool_]:
    """Tell whether a neighbour belongs to this peak: inside the map, not another peak's flank."""
    return np.isfinite(beside) & ~((beyond > beside) & (beyond > 0.5 * middle))
