"""Video files as a source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2

from hyperpose_core.data.image_size import MOST_PIXELS
from hyperpose_core.errors import DataError
from hyperpose_core.support.messages import Messages
from hyperpose_infer.sources import IMAGE_RATE, Frame
from hyperpose_infer.sources.capture import open_file, read_frame

_SIDES = (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
_MOST_RATE = 1000.0
_MISCOUNTED = 0.02
"""The share of its frames by which a whole file's header may be wrong: some give a length alone."""
_UNEVEN = 1.5
"""How many times as long as the shortest time between two frames the longest may be."""
_ROUNDED = 0.002
"""Seconds by which times of frames are rounded in files."""


class Video:
    """A video file, from its first frame to its last.

    After its frames are read, `problems` says what was found to be wrong with it.
    """

    unit, live = "frame", False

    def __init__(self, path: Path, messages: Messages) -> None:
        self.name, self.file, self.messages = str(path), path, messages
        self.count: int | None = None
        self.rate = IMAGE_RATE
        self.read = 0
        self._times = _Times()

    def open(self) -> None:
        """Open the file.

        Raises:
            DataError: it holds no video, or its beginning or its index is missing.
        """
        if not self.file.is_file():
            there = self.file.exists()
            raise DataError(
                f"{self.file} is no file" if there else f"there is no video file {self.file}"
            )
        self._capture = open_file(self.file)
        if not self._capture.isOpened():
            what = "not a video that can be read, or it is damaged or cut off"
            raise DataError(f"{self.file} is {what if self.file.stat().st_size else 'empty'}")
        width, height = (int(self._capture.get(side)) for side in _SIDES)
        if width * height > MOST_PIXELS:
            raise DataError(
                f"{self.file} has frames of {width}x{height} pixels: at most {MOST_PIXELS} are read"
            )
        count = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self.count = count if count > 0 else None
        rate = float(self._capture.get(cv2.CAP_PROP_FPS))
        if 0 < rate <= _MOST_RATE:
            self.rate = rate
        else:
            self.messages.warn(
                f"{self.file} does not say how many frames a second it has: {IMAGE_RATE:g} are "
                f"taken for it"
            )

    def frames(self) -> Iterator[Frame]:
        """Read the frames; DataError where there is not one."""
        while (pixels := read_frame(self._capture)) is not None:
            stated = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            time = self._times.next(stated, self.read, self.rate)
            self.read += 1
            yield Frame(pixels, self.read - 1, time)
        if not self.read:
            raise DataError(f"{self.file} holds no frame that can be read")

    def close(self) -> None:
        """Close the file."""
        self._capture.release()

    def problems(self) -> list[str]:
        """Return what was wrong with the file, read to its end: sentences for a warning."""
        found = []
        lacking = (self.count or self.read) - self.read
        if lacking > max(2, _MISCOUNTED * self.read):
            found.append(
                f"{self.file} is cut off or damaged: {self.read} of the {self.count} frames that "
                f"its header counts can be read, and these are done"
            )
        elif lacking:
            found.append(
                f"the header of {self.file} counts {self.count} frames; there are {self.read}, "
                f"all of which are done"
            )
        if self._times.uneven:
            least, most = (1000 * seconds for seconds in self._times.between)
            found.append(
                f"the frames of {self.file} are {least:.0f} to {most:.0f} ms apart (variable frame "
                f"rate): in the video that is written all of them are {1000 / self.rate:.0f} ms "
                f"apart; the true times are in the JSON lines"
            )
        return found


class _Times:
    """When the frames of a file are shown, and whether they are evenly apart."""

    def __init__(self) -> None:
        self.last = -1.0
        self.between = (float("inf"), 0.0)

    def next(self, stated: float, number: int, rate: float) -> float:
        """Return the time of a frame in seconds: as the file states it, where that goes on."""
        time = stated if stated > self.last else number / rate
        if number and stated > self.last:
            step = stated - self.last
            self.between = min(self.between[0], step), max(self.between[1], step)
        self.last = max(time, self.last)
        return self.last

    @property
    def uneven(self) -> bool:
        least, most = self.between
        return most > _UNEVEN * least + _ROUNDED
