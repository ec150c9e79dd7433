"""OpenCV's reader of videos and cameras, without what it and FFmpeg write to standard error."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

_SILENT = "-8"
"""FFmpeg's AV_LOG_QUIET."""


def quiet_opencv() -> None:
    """Let OpenCV and FFmpeg say nothing themselves; what is wrong is said in our words.

    FFmpeg's level is read when the first video is opened. Who has set it gets what they want.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", _SILENT)
    if os.environ.get("OPENCV_LOG_LEVEL", "SILENT") == "SILENT":
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def open_file(path: Path) -> cv2.VideoCapture:
    """Open a video file; `isOpened` of what is returned says whether that went.

    By FFmpeg where OpenCV has it: other readers take a text for the pattern of images' names.
    """
    quiet_opencv()
    with _utf8(path) as name:
        return cv2.VideoCapture(name, _FILES)


def open_device(which: int | str) -> cv2.VideoCapture:
    """Open a camera by its number, or a stream by its address."""
    quiet_opencv()
    return cv2.VideoCapture(which)


def read_frame(capture: cv2.VideoCapture) -> NDArray[np.uint8] | None:
    """Read the next frame, RGB uint8 `[H, W, 3]`; None where there is none."""
    there, pixels = capture.read()
    if not there:
        return None
    return np.ascontiguousarray(cast(NDArray[np.uint8], pixels)[..., ::-1])


@contextmanager
def _utf8(path: Path) -> Iterator[str]:
    """Give a name of the file that is UTF-8: OpenCV takes no other."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        with tempfile.TemporaryDirectory() as folder:
            link = Path(folder, "video")
            link.symlink_to(os.path.realpath(path))
            yield str(link)
    else:
        yield str(path)


_FILES = cv2.CAP_FFMPEG if cv2.videoio_registry.hasBackend(cv2.CAP_FFMPEG) else cv2.CAP_ANY
