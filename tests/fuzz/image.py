"""Images of every format, as inference, training and exported files decode them."""

from __future__ import annotations

import contextlib
import io

import numpy as np
from fuzzing import written

from hyperpose_core.data.image_size import image_size
from hyperpose_core.errors import HyperposeError
from hyperpose_core.inference.predictor import read_image
from hyperpose_datatools.yolo.orientation import orientation
from hyperpose_export.images import read_image as read_without_tensorflow

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")


def seeds() -> list[bytes]:
    from PIL import Image

    made = []
    pixels = np.random.default_rng(0).integers(0, 255, (6, 9, 3), np.uint8)
    for name in FORMATS:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, name)
        made.append(file.getvalue())
    return made


def target(data: bytes) -> None:
    path = written("image", data)
    # Each reader refuses by itself: none relies on another one before it.
    with contextlib.suppress(HyperposeError):
        image_size(path)
    orientation(path)
    with contextlib.suppress(HyperposeError):
        assert read_without_tensorflow(path).dtype == np.uint8
    assert read_image(path).dtype == np.uint8
