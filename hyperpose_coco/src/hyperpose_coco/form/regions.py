"""Regions of many people in few arrays: most of them are polygons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco import masks

Numbers = NDArray[np.int64]
_ENOUGH = 3
"""Points of a polygon, at least."""
_FAR = 1e9
"""Pixels: numbers beyond are looked at alone."""


@dataclass(frozen=True)
class Regions(Sequence[Any]):
    """Segmentations, of which whoever has one of polygons keeps it as numbers.

    Args:
        values: `[V]` x and y in turn of every polygon, one after the other.
        ends: `[Q + 1]`, where polygons end in `values`, after a 0.
        polygons: `[P + 1]`, how many polygons there are up to a person, after a 0.
        others: by person what is no list of polygons, or may be malformed, as the file has it.
        rows: `[N]`, the person of each segmentation.
    """

    values: NDArray[np.float64]
    ends: Numbers
    polygons: Numbers
    others: dict[int, Any]
    rows: Numbers

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Any) -> Any:
        row = int(self.rows[index])
        if row in self.others:
            return self.others[row]
        ends = self.ends[self.polygons[row] : self.polygons[row + 1] + 1].tolist()
        found = [self.values[a:b].tolist() for a, b in pairwise(ends)]
        return found or None

    def chosen(self, which: NDArray[Any]) -> Regions:
        """Return some of them, by a mask or by their numbers."""
        return replace(self, rows=self.rows[which])

    def points(self) -> NDArray[np.int64]:
        """Return `[N]`, how many points the polygons of each have; -1 if they may be malformed."""
        counts = np.diff(self.ends[self.polygons]) // 2
        counts[np.diff(self.polygons) > masks.MOST_POLYGONS] = -1
        counts[list(self.others)] = -1
        return np.asarray(counts[self.rows])


def pack(segmentations: Sequence[Any]) -> Regions:
    """Keep segmentations as numbers."""
    polygons, others, counts = [], {}, []
    for row, segmentation in enumerate(segmentations):
        if segmentation and type(segmentation) is list and all(map(_is_polygon, segmentation)):
            polygons += segmentation
            counts.append(len(segmentation))
        else:
            counts.append(0)
            if segmentation is not None:
                others[row] = segmentation
    values = np.array(list(chain.from_iterable(polygons)), np.float64)
    ends = np.cumsum([0, *map(len, polygons)])
    return Regions(values, ends, np.cumsum([0, *counts]), others, np.arange(len(counts)))


def joined(parts: Sequence[Regions]) -> Regions:
    """Return regions of several lists, one after the other; each part as `pack` made it."""
    parts = [pack([]), *parts]
    before = np.cumsum([0, *map(len, parts)]).tolist()
    others = {
        row + first: value
        for part, first in zip(parts, before, strict=False)
        for row, value in part.others.items()
    }
    return Regions(
        np.concatenate([part.values for part in parts]),
        _continued([part.ends for part in parts]),
        _continued([part.polygons for part in parts]),
        others,
        np.arange(before[-1]),
    )


def _continued(sums: Sequence[Numbers]) -> Numbers:
    return np.cumsum(np.concatenate([[0], *map(np.diff, sums)]))


def _is_polygon(polygon: Any) -> bool:
    """Say whether it surely is one, as `masks.region` has it."""
    if type(polygon) is not list or len(polygon) < 2 * _ENOUGH or len(polygon) % 2:
        return False
    if not set(map(type, polygon)) <= {int, float}:
        return False
    # Of what is not a number only the sum tells.
    return min(polygon) > -_FAR and max(polygon) < _FAR and abs(sum(polygon)) < _FAR * len(polygon)
