"""The size of an image file, from its first bytes where that is enough, and whether it fits."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from hyperpose_core.errors import DataError

_PNG = b"\x89PNG\r\n\x1a\n"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers that begin a frame, which says the size."""
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""JPEG markers without a length."""


def image_size(path: Path) -> tuple[int, int]:
    """Return width and height in pixels, as stored: an orientation in the metadata is ignored.

    Raises:
        DataError: the file cannot be read as an image.
    """
    try:
        with path.open("rb") as file:
            head = file.read(24)
            if head.startswith(_PNG) and len(head) == 24:
                width, height = struct.unpack(">II", head[16:24])
                return int(width), int(height)
            size = _jpeg_size(file) if head.startswith(b"\xff\xd8") else None
    except OSError as error:
        raise DataError(f"cannot read the image {path}: {error.strerror or error}") from error
    return size or _decoded_size(path)


def size_problem(stored: tuple[int, int], annotated: tuple[int, int]) -> str | None:
    """Say that a file has another size than annotated; None where it has not, or nobody knows.

    Args:
        stored, annotated: width and height; annotated 0: the dataset does not say.
    """
    if not all(annotated) or stored == annotated:
        return None
    sizes = "{}x{} in the file, annotated {}x{}".format(*stored, *annotated)
    if stored == annotated[::-1]:
        return (
            f"{sizes}: stored lying, to be turned when shown (EXIF); store its pixels as "
            f"they are shown, or annotate them as they are stored"
        )
    return f"{sizes}: annotate the file that is there, or put there the one that was annotated"


def _jpeg_size(file: BinaryIO) -> tuple[int, int] | None:
    file.seek(2)
    while (byte := file.read(1)) == b"\xff":
        while byte == b"\xff":
            byte = file.read(1)
        if not byte:
            return None
        if byte[0] in _ALONE:
            continue
        segment = file.read(7)
        if len(segment) < 7:
            return None
        length, _, height, width = struct.unpack(">HBHH", segment)
        if byte[0] in _FRAMES:
            return (width, height) if width and height else None
        file.seek(length - 7, 1)
    return None


def _decoded_size(path: Path) -> tuple[int, int]:
    import cv2
    import numpy as np

    # The bytes: OpenCV takes no name that is not UTF-8.
    content = np.frombuffer(path.read_bytes(), np.uint8)
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    image = cv2.imdecode(content, flags) if len(content) else None
    if image is None:
        raise DataError(f"{path} cannot be read as an image; replace it or take it out")
    return image.shape[1], image.shape[0]
