"""Masks: where the loss counts, kept as PNG bytes."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hyperpose_core.errors import DataError


def encode(counts: NDArray[Any]) -> bytes:
    """Write where the loss counts, `[H, W]`, nonzero where it does, as PNG bytes of 0 and 255."""
    picture = np.ascontiguousarray(np.asarray(counts) != 0) * np.uint8(255)
    return cv2.imencode(".png", picture)[1].tobytes()


def decode(mask: bytes | None, width: int, height: int) -> NDArray[np.uint8]:
    """Read a `Sample.mask` as `[height, width]` uint8 of 0 and 255; None is 255 everywhere.

    Raises:
        DataError: the bytes are no PNG of that size.
    """
    if mask is None:
        return np.full((height, width), 255, np.uint8)
    picture = cv2.imdecode(np.frombuffer(mask, np.uint8), cv2.IMREAD_GRAYSCALE) if mask else None
    if picture is None or picture.shape != (height, width):
        found = "no picture" if picture is None else f"{picture.shape[1]}x{picture.shape[0]} pixels"
        raise DataError(f"a mask is {found}: it must be a PNG of {width}x{height} pixels")
    return np.asarray(picture, np.uint8)
