"""Image files as a source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.errors import DataError
from hyperpose_core.support.messages import Messages
from hyperpose_infer.sources import IMAGE_RATE, Frame


class Images:
    """Image files, in order; those that cannot be read are named and left out.

    Args:
        read: from a file to RGB uint8 `[H, W, 3]`; DataError where that does not go.
        strict: one that cannot be read is an error.
    """

    name, unit, live = "images", "image", False

    def __init__(
        self,
        paths: Sequence[Path],
        read: Callable[[Path], NDArray[np.uint8]],
        messages: Messages,
        strict: bool = False,
    ) -> None:
        self.paths, self.read, self.messages, self.strict = paths, read, messages, strict
        self.count: int | None = len(paths)
        self.skipped = 0

    def open(self) -> None:
        """Nothing is opened before its turn."""

    def frames(self) -> Iterator[Frame]:
        """Read the files."""
        for number, path in enumerate(self.paths):
            try:
                pixels = self.read(path)
            except (DataError, OSError) as error:
                if self.strict:
                    raise _sentence(error, path) from error
                self.skipped += 1
                self.messages.warn(f"skipped: {_sentence(error, path)}")
                continue
            yield Frame(pixels, number, number / IMAGE_RATE)

    def close(self) -> None:
        """Nothing is open."""


def _sentence(error: DataError | OSError, path: Path) -> DataError:
    """Return an error that says which file cannot be read, and why."""
    if isinstance(error, DataError):
        return error
    return DataError(f"cannot read the image {path}: {error.strerror}")
