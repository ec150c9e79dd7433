"""Fine maps: a grid finer than the network's, in which confidence is summed and points are found.

Places are in cells of the network's maps; the fine cell i of n along a cell has its centre at
(i + 0.5) / n - 0.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Points:
    """N places of keypoints, in cells.

    Args:
        part: `[N]`, which keypoint.
        x, y: `[N]`.
        scale: `[N]`, how exactly a keypoint has a place.
        score: `[N]`, how sure it is.
    """

    part: Ints
    x: Floats
    y: Floats
    scale: Floats
    score: Floats

    def __len__(self) -> int:
        return len(self.part)

    def pick(self, which: NDArray[np.bool_] | Ints) -> Points:
        """Return some of them."""
        x, y, scale, score = (v[which] for v in (self.x, self.y, self.scale, self.score))
        return Points(self.part[which], x, y, scale, score)


@dataclass(frozen=True)
class Grid:
    """K fine maps.

    Args:
        parts, height, width: K, and the size of the network's maps.
        fineness: fine cells along a cell.
    """

    parts: int
    height: int
    width: int
    fineness: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number, height and width of the fine maps."""
        return self.parts, self.height * self.fineness, self.width * self.fineness

    def place(self, part: Ints, x: Floats, y: Floats) -> Ints:
        """Return the number of the fine cell in which a point lies, or that is nearest to it."""
        _, rows, columns = self.shape
        column = np.clip((x + 0.5) * self.fineness, 0, columns - 1).astype(np.intp)
        row = np.clip((y + 0.5) * self.fineness, 0, rows - 1).astype(np.intp)
        return np.asarray((part * rows + row) * columns + column, np.intp)

    def around(self, points: Points, radius: Floats) -> tuple[Ints, Ints, Floats]:
        """List the fine cells around points.

        Args:
            radius: `[N]`, in cells.

        Returns:
            `[T]` the point that each is around, its number in the fine maps, and the square of its
            centre's distance in cells; those farther away than the radius are left out.
        """
        _, rows, columns = self.shape
        reach = radius * self.fineness
        low_x, across, x = _extent(points.x, reach, columns, self.fineness)
        low_y, down, y = _extent(points.y, reach, rows, self.fineness)
        area = across * down
        item = np.repeat(np.arange(len(area)), area)
        within = np.arange(len(item)) - (np.cumsum(area) - area)[item]
        row, column = np.divmod(within, across[item])
        row, column = row + low_y[item], column + low_x[item]
        squares = np.square(column - x[item]) + np.square(row - y[item])
        near = squares <= np.square(reach)[item]
        item, row, column = item[near], row[near], column[near]
        far = (squares[near] / self.fineness**2).astype(np.float32)
        return item, (points.part[item] * rows + row) * columns + column, far


def _extent(at: Floats, reach: Floats, count: int, fineness: int) -> tuple[Ints, Ints, Floats]:
    """Return the first fine cell of each box, how many they are, and the point in fine cells."""
    middle = (at + np.float32(0.5)) * fineness - np.float32(0.5)
    low = np.clip(np.ceil(middle - reach), 0, count - 1).astype(np.intp)
    high = np.clip(np.floor(middle + reach), 0, count - 1).astype(np.intp)
    return low, np.maximum(high - low + 1, 0), middle


def merged(grid: Grid, points: Points) -> Points:
    """Make one point of those of one kind in a fine cell: their mean, and the sum of their scores.

    The cells around a keypoint all point at nearly one place, so that this leaves few of them.
    """
    places, group = np.unique(grid.place(points.part, points.x, points.y), return_inverse=True)
    score = np.bincount(group, points.score, len(places))
    x, y, scale = (
        (np.bincount(group, points.score * values, len(places)) / score).astype(np.float32)
        for values in (points.x, points.y, points.scale)
    )
    _, rows, columns = grid.shape
    return Points(places // (rows * columns), x, y, scale, score.astype(np.float32))


def accumulate(grid: Grid, points: Points, full: int) -> Floats:
    """Sum what the cells say of each keypoint: the paper's high-resolution map (equation 1).

    Every cell adds a bell of its confidence at the place that it points at, as wide as half the
    keypoint's scale there.

    Args:
        points: where the cells of the intensity field point, with their confidences.
        full: how many cells around a keypoint are taught to point at it.

    Returns:
        `shape`, flat: 1 where so many cells point at one place with confidence 1.
    """
    spread = bell(grid, points.scale)
    item, place, squares = grid.around(points, 2 * spread)
    weight = points.score[item] * np.exp(squares * (-0.5 / np.square(spread))[item])
    total = np.bincount(place, weight, minlength=int(np.prod(grid.shape)))
    return (total / full).astype(np.float32)


def bell(grid: Grid, scale: Floats) -> Floats:
    """Return the standard deviation of the bell for keypoints of a scale, in cells."""
    return np.clip(scale / 2, 1 / grid.fineness, 2.0).astype(np.float32)
