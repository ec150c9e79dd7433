"""A camera, or a stream, as a source."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import cv2

from hyperpose_core.errors import DataError
from hyperpose_infer.sources import IMAGE_RATE, Frame
from hyperpose_infer.sources.capture import open_device, read_frame


class Camera:
    """A camera, until it is stopped.

    Args:
        which: its number, from 0, or the address of a stream (`rtsp://...`).
    """

    unit, count, file, live = "frame", None, None, True

    def __init__(self, which: str) -> None:
        self.which = which
        self.name = f"camera {which}"
        self.rate = IMAGE_RATE

    @property
    def file_name(self) -> str:
        """Return a name for files."""
        return "camera-" + re.sub(r"[^\w.-]+", "-", self.which).strip("-.")

    def open(self) -> None:
        """Open it; DataError where there is none."""
        self._capture = open_device(int(self.which) if self.which.isdigit() else self.which)
        if not self._capture.isOpened():
            raise DataError(
                f"there is no camera {self.which}, or another program uses it: the first one has "
                f"the number 0; a stream has an address, as rtsp://..."
            )
        rate = float(self._capture.get(cv2.CAP_PROP_FPS))
        self.rate = rate if 0 < rate <= 240 else IMAGE_RATE

    def frames(self) -> Iterator[Frame]:
        """Read what it sees, until it gives nothing any more."""
        number, began = 0, time.monotonic()
        while (pixels := read_frame(self._capture)) is not None:
            yield Frame(pixels, number, time.monotonic() - began)
            number += 1
        if not number:
            raise DataError(f"camera {self.which} gives no picture")

    def close(self) -> None:
        """Give it back."""
        self._capture.release()
