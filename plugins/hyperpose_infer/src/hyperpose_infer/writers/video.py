"""Videos: frames with people drawn into them."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hyperpose_core.errors import HyperposeError, InputError
from hyperpose_core.support.files import atomic_path
from hyperpose_infer.sources.capture import open_file, quiet_opencv

ENDING = ".mp4"
_CODEC = "mp4v"
"""MPEG-4 part 2: every OpenCV has it, and every player; H.264 it has not by its licence."""
_CLOCK = 65535


class VideoFile:
    """A video that gets its name when it is closed, and is playable then, whatever happened.

    Args:
        rate: frames a second.
        live: frames come when they come: each is shown until the next, by being repeated, and one
            that comes too early is left out, so that the video lasts as long as what it shows.
    """

    def __init__(self, path: Path, rate: float, live: bool = False) -> None:
        self.path, self.rate, self.live = path, _writable(rate), live
        self.frames = 0
        self.size = (0, 0)
        self._closing = ExitStack()
        self._writer: cv2.VideoWriter | None = None

    def write(self, picture: NDArray[np.uint8], time: float) -> None:
        """Add a picture, RGB uint8 `[H, W, 3]`; one of another size than the first is resized.

        Args:
            time: in seconds, since the first.

        Raises:
            InputError: no such video can be written.
        """
        writer = self._writer or self._open(picture)
        width, height = self.size
        if (picture.shape[1] // 2 * 2, picture.shape[0] // 2 * 2) != self.size:
            picture = cv2.resize(picture, self.size, interpolation=cv2.INTER_AREA).astype(np.uint8)
        pixels = np.ascontiguousarray(picture[:height, :width, ::-1])
        due = round(time * self.rate) + 1 - self.frames if self.live else 1
        for _ in range(due):
            writer.write(pixels)
            self.frames += 1

    def close(self) -> None:
        """End the video and give it its name; without a frame there is none.

        Raises:
            HyperposeError: it does not hold what was written, as on a full disk.
        """
        if self._writer is None:
            return
        with self._closing:
            self._writer.release()
            kept = _frames_in(self._temporary)
            if kept != self.frames:
                raise HyperposeError(
                    f"cannot write {self.path}: of {self.frames} frames it holds {kept}; is there "
                    f"room on the disk?"
                )

    def _open(self, picture: NDArray[np.uint8]) -> cv2.VideoWriter:
        """Begin the file: MPEG-4 wants even sides, so that the last row or column may go."""
        quiet_opencv()
        height, width = picture.shape[:2]
        self.size = width // 2 * 2, height // 2 * 2
        self._temporary = self._closing.enter_context(atomic_path(self.path))
        codec = cv2.VideoWriter.fourcc(*_CODEC)
        writer = cv2.VideoWriter(str(self._temporary), codec, self.rate, self.size)
        if not writer.isOpened():
            raise InputError(
                f"cannot write the video {self.path} of {width}x{height} pixels and {self.rate:g} "
                f"frames a second: OpenCV has no writer for it on this machine"
            )
        self._writer = writer
        return writer


def _writable(rate: float) -> float:
    """Return the nearest rate that MPEG-4 can hold: its clock has 16 bits."""
    decimals = next(d for d in (3, 2, 1, 0) if rate * 10**d < _CLOCK or d == 0)
    return round(rate, decimals)


def _frames_in(path: Path) -> int:
    written = open_file(path)
    count = int(written.get(cv2.CAP_PROP_FRAME_COUNT)) if written.isOpened() else 0
    written.release()
    return count
