"""Images of a file in COCO's form, checked: one by one, or many at once to the same values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco.form import columns
from hyperpose_coco.form.checked import Checked

_LARGEST_SIDE = 65535
_MOST_PIXELS = 2**28
"""Of an image: its mask has as many bytes when it is made."""


@dataclass(frozen=True)
class Images:
    """Images in the order of their file, each a row of every field.

    Args:
        sizes: `[N, 2]` int64, width and height; 0 where they are not annotated.
    """

    ids: list[int | str]
    names: list[str]
    sizes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)


def read_images(path: Path, entries: Sequence[Any], first: int, of_anybody: bool) -> Images:
    """Return the images of entries.

    Args:
        first: the place of the first entry in the file's list, for messages.
        of_anybody: names may have the separators of every system, where Windows may have written.

    Raises:
        DataError: an entry is not as it must be.
    """
    together = _together(entries)
    if together is None:
        checked = [Checked(path, "image", n, entry) for n, entry in enumerate(entries, start=first)]
        rows = [(c.name("id"), c.text("file_name"), _size(c)) for c in checked]
        sizes = np.array([size for *_, size in rows], np.int64).reshape(-1, 2)
        together = Images([name for name, *_ in rows], [file for _, file, _ in rows], sizes)
    if not of_anybody:
        return together
    names = [name.replace("\\", "/") for name in together.names]
    return Images(together.ids, names, together.sizes)


def _size(checked: Checked) -> tuple[int, int]:
    """Return width and height; zeros where the entry has neither, so that the file says them."""
    if all(checked.get(key) is None for key in ("width", "height")):
        return 0, 0
    width, height = (checked.whole(key, 1, _LARGEST_SIDE) for key in ("width", "height"))
    if width * height > _MOST_PIXELS:
        raise checked.fail("height", f"such that the image has at most {_MOST_PIXELS} pixels")
    return width, height


def _together(entries: Sequence[Any]) -> Images | None:
    """Return the images of entries; None where one of them is to be looked at alone."""
    ids = columns.names(columns.values_of(entries, "id"))
    files = columns.names(columns.values_of(entries, "file_name"))
    sides = [columns.values_of(entries, key) for key in ("width", "height")]
    width, height = (columns.whole(side, 1, _LARGEST_SIDE) for side in sides)
    if ids is None or files is None or width is None or height is None:
        return None
    names = [file for file in files if isinstance(file, str)]
    if len(names) != len(files) or (width * height > _MOST_PIXELS).any():
        return None
    return Images(ids, names, np.stack([width, height], axis=-1))
