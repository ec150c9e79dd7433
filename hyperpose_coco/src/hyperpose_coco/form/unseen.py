"""People who become the mask: their regions, as run lengths made when they are looked at.

Making them all takes longer than reading the file. Whether each can be made is known before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco import masks
from hyperpose_coco.form.people import People
from hyperpose_coco.form.regions import Regions, pack
from hyperpose_core.errors import DataError


class Unseen:
    """The regions of people who become the mask.

    Args:
        everybody: an image's together.
        rows: who of them is meant.
    """

    def __init__(self, everybody: People, rows: NDArray[np.int64]) -> None:
        given = everybody.segmentations
        if isinstance(given, Regions):
            self.regions = given.chosen(rows)
        else:
            self.regions = pack([given[row] for row in rows.tolist()])
        self.boxes, self.points = everybody.boxes[rows], self.regions.points()
        self._crowds = np.cumsum([0, *everybody.crowds[rows].tolist()]).tolist()
        self._ids, self._rows = everybody.ids, rows

    def has_crowd(self, first: int, last: int) -> bool:
        """Say whether one of the people from `first` to before `last` is a crowd."""
        return bool(self._crowds[first] < self._crowds[last])

    def of_image(
        self, path: Path, first: int, last: int, width: int, height: int
    ) -> Sequence[masks.Rle]:
        """Return those of an image, which has the people from `first` to before `last`.

        Raises:
            DataError: a segmentation is malformed.
        """
        if first == last or not width:
            return ()
        hidden = Hidden(self.regions, self.boxes, first, last, width, height)
        points = self.points[first:last]
        # No edge is longer than the longer side of the image.
        if points.min() < 0 or points.max() * max(width, height) > masks.LONGEST_OUTLINE:
            self._check(path, hidden)
        return hidden

    def _check(self, path: Path, hidden: Hidden) -> None:
        for row in range(hidden.first, hidden.last):
            try:
                hidden[row - hidden.first]
            except DataError as error:
                name = self._ids[self._rows[row]]
                raise DataError(f"{path}: annotation with id {name!r}: {error}") from error


@dataclass(frozen=True)
class Hidden(Sequence[masks.Rle]):
    """The regions of people of one image, made each time that they are looked at.

    Args:
        regions: of everybody, of whom `first` to before `last` are meant.
        boxes: `[N, 4]`, of everybody, for those without a segmentation.
        width, height: of the image, in pixels.
    """

    regions: Regions
    boxes: NDArray[np.float32]
    first: int
    last: int
    width: int
    height: int

    def __len__(self) -> int:
        return self.last - self.first

    @overload
    def __getitem__(self, index: int) -> masks.Rle: ...
    @overload
    def __getitem__(self, index: slice) -> list[masks.Rle]: ...
    def __getitem__(self, index: int | slice) -> Any:
        rows = range(self.first, self.last)[index]
        return self._made(rows) if isinstance(rows, int) else [self._made(row) for row in rows]

    def __iter__(self) -> Iterator[masks.Rle]:
        return map(self._made, range(self.first, self.last))

    def _made(self, row: int) -> masks.Rle:
        return region_of(self.regions[row], self.boxes[row], self.width, self.height)


def region_of(segmentation: Any, box: Sequence[float], width: int, height: int) -> masks.Rle:
    """Return a person's region, its box where it has none; errors as `masks.region`."""
    if not segmentation:
        return masks.box_region(box, width, height)
    return masks.region(segmentation, width, height)
