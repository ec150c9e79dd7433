"""Sources: image files, videos and cameras as frames, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Frame:
    """An image to look at.

    Args:
        pixels: RGB uint8 `[H, W, 3]`.
        number: from 0, in its source; of an image file that in the list of all.
        time: seconds since the source's first frame; image files count as `IMAGE_RATE` a second.
    """

    pixels: NDArray[np.uint8]
    number: int
    time: float


class Source(Protocol):
    """Where frames come from."""

    @property
    def name(self) -> str:
        """Return what it is called in messages."""
        ...

    @property
    def unit(self) -> str:
        """Return what a progress bar counts, `image` or `frame`."""
        ...

    @property
    def count(self) -> int | None:
        """Return how many frames there should be; None where nobody knows."""
        ...

    @property
    def live(self) -> bool:
        """Say whether frames come when they come, and do not wait."""
        ...

    def open(self) -> None:
        """Get ready; DataError where there is nothing to read."""
        ...

    def frames(self) -> Iterator[Frame]:
        """Read one frame after the other; from a thread other than that which opened it."""
        ...

    def close(self) -> None:
        """Give back what was opened."""
        ...


IMAGE_RATE = 30.0
"""Frames a second where nothing says how many."""
