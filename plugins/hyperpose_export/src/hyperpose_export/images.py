"""Reading image files where TensorFlow is not installed."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data.image_size import stated_size
from hyperpose_core.errors import DataError
from hyperpose_core.inference.predictor import image_content


def read_image(path: str | Path) -> NDArray[np.uint8]:
    """Read an image file as RGB uint8 `[H, W, 3]`, turned as its EXIF orientation says.

    The pixels are those of the core's `read_image`, which has TensorFlow look for damage; here the
    end of the file is looked at.

    Raises:
        DataError: there is no such file, or it is not a whole image.
        InputError: `path` is not the path of a file.
    """
    content = image_content(path)
    try:
        stated_size(io.BytesIO(content))
    except DataError as error:
        raise DataError(f"{path} is not an image that can be read: {error}") from None
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # as of more than 2**20 pixels a side
        image = None
    if image is None or _cut_off(content):
        raise DataError(f"{path} is not an image that can be read: it is damaged or cut off")
    return np.ascontiguousarray(np.asarray(image, np.uint8)[..., ::-1])


def _cut_off(content: bytes) -> bool:
    """Say whether the end of a JPEG or a PNG is missing, of which OpenCV reads the beginning."""
    # Inside compressed data 0xFF is always followed by 0, so a marker found there is a real one.
    if content.startswith(b"\xff\xd8"):
        return content.rfind(b"\xff\xd9") < content.rfind(b"\xff\xda")
    return content.startswith(b"\x89PNG") and b"IEND" not in content[-64:]
