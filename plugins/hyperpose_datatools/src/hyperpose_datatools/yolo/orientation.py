"""Orientation: photographs that are stored turned, and points in them.

YOLO's labels belong to the picture as it is shown, which the orientation in a JPEG file's EXIF data
says; `Sample`s belong to the pixels as they are stored.
"""

from __future__ import annotations

import struct
from os.path import isfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

UPRIGHT = 1
_TAG = 0x0112
_EXIF = b"Exif\0\0"
_FLIPPED_X = (2, 3, 6, 7)
_FLIPPED_Y = (3, 4, 7, 8)
_BACK = {6: 8, 8: 6}
"""The orientations that another one undoes; every other undoes itself."""


def orientation(path: Path) -> int:
    """Return the EXIF orientation of a JPEG file, 1 to 8; 1 where nothing says another.

    The numbers are those of https://exiftool.org/TagNames/EXIF.html (Orientation).
    """
    if not isfile(path):  # a pipe would be waited for
        return UPRIGHT
    try:
        with path.open("rb") as file:
            found = _of_jpeg(file) if file.read(2) == b"\xff\xd8" else UPRIGHT
    except (OSError, struct.error, ValueError, IndexError):
        return UPRIGHT  # a file that cannot be read is somebody else's to name
    return found if 1 <= found <= 8 else UPRIGHT


def shown_size(size: tuple[int, int], turned: int) -> tuple[int, int]:
    """Return width and height of the picture as shown, from those of the pixels as stored."""
    return size[::-1] if turned > 4 else size


def to_shown(
    points: NDArray[Any], boxes: NDArray[Any], size: tuple[int, int], turned: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return keypoints `[P, K, 3]` and boxes `[P, 4]` of the stored pixels in the shown picture.

    Args:
        size: of the pixels as stored.
    """
    points = np.array(points, np.float64)
    points[..., :2] = _turned(points[..., :2], size, turned, 1)
    points[points[..., 2] == 0] = 0
    corners = np.stack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]]).astype(np.float64)
    corners = _turned(corners, size, turned, 0)
    low, high = corners.min(0), corners.max(0)
    return points, np.concatenate([low, high - low], -1)


def to_stored(
    points: NDArray[Any], boxes: NDArray[Any], size: tuple[int, int], turned: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return keypoints and boxes of the shown picture, whose size is given, in stored pixels."""
    return to_shown(points, boxes, size, _BACK.get(turned, turned))


def _turned(
    xy: NDArray[np.float64], size: tuple[int, int], turned: int, pixel: int
) -> NDArray[np.float64]:
    """Turn points.

    Args:
        pixel: 1 for points that lie at the middles of pixels, 0 for corners of boxes.
    """
    width, height = shown_size(size, turned)
    x, y = (xy[..., 1], xy[..., 0]) if turned > 4 else (xy[..., 0], xy[..., 1])
    x = width - pixel - x if turned in _FLIPPED_X else x
    y = height - pixel - y if turned in _FLIPPED_Y else y
    return np.stack([x, y], -1)


def _of_jpeg(file: BinaryIO) -> int:
    """Walk through the segments before the picture's data to the one of EXIF."""
    while (marker := file.read(4)) and marker[0] == 0xFF and marker[1] not in (0xDA, 0xD9):
        content = file.read(struct.unpack(">H", marker[2:])[0] - 2)
        if marker[1] == 0xE1 and content.startswith(_EXIF):
            return _of_tiff(content[len(_EXIF) :])
    return UPRIGHT


def _of_tiff(content: bytes) -> int:
    order = "<" if content[:2] == b"II" else ">"
    (first,) = struct.unpack_from(f"{order}I", content, 4)
    (count,) = struct.unpack_from(f"{order}H", content, first)
    for entry in range(first + 2, first + 2 + 12 * count, 12):
        if struct.unpack_from(f"{order}H", content, entry)[0] == _TAG:
            return int(struct.unpack_from(f"{order}H", content, entry + 8)[0])
    return UPRIGHT
