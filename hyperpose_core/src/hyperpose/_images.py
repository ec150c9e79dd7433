"""Images as the scripts of 2021 read, fit and write them: RGB float in [0, 1]."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FILL = 114 / 255
"""The grey of what is not image, as in training."""


class ImageProcessor:
    """Reads images and fits them into the network's input, `input_h` by `input_w` pixels."""

    def __init__(self, input_h: int, input_w: int) -> None:
        self.input_h, self.input_w = input_h, input_w

    def read_image_rgb_float(self, image_path: str | Path) -> NDArray[np.float32]:
        """Read an image file as RGB `[H, W, 3]` float32 in [0, 1].

        Raises:
            DataError: the file cannot be read.
        """
        from hyperpose_core.inference.predictor import read_image

        return read_image(image_path).astype(np.float32) / 255.0

    def write_image_rgb_float(self, image: NDArray[Any], image_path: str | Path) -> None:
        """Write an RGB image `[H, W, 3]` in [0, 1]; the ending of the path says how."""
        from hyperpose_core.data.drawing import save_picture

        save_picture(Path(image_path), to_uint8(image))

    def image_pad_and_scale(
        self, image: NDArray[Any]
    ) -> tuple[NDArray[np.float32], float, list[int]]:
        """Fit an image into the input.

        Returns:
            the input, `[input_h, input_w, 3]` float32 with grey borders; pixels of the input for
            one of the image; and the borders above, below, left and right, in pixels.
        """
        import cv2

        height, width = image.shape[:2]
        scale = min(self.input_h / height, self.input_w / width)
        size = (max(1, int(scale * width)), max(1, int(scale * height)))
        # Averaged where it shrinks, as in training: cubic interpolation would skip pixels.
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        small = cv2.resize(np.asarray(image, np.float32), size, interpolation=how)
        down, across = self.input_h - size[1], self.input_w - size[0]
        pad = [down // 2, down - down // 2, across // 2, across - across // 2]
        borders = ((pad[0], pad[1]), (pad[2], pad[3]), (0, 0))
        padded = np.pad(np.clip(small, 0.0, 1.0), borders, constant_values=FILL)
        return padded.astype(np.float32), scale, pad


def to_uint8(image: Any) -> NDArray[np.uint8]:
    """Return an image in [0, 1] as uint8; one of uint8 as it is."""
    array = np.asarray(image)
    if array.dtype == np.uint8:
        return array
    return np.rint(np.clip(array, 0.0, 1.0) * 255).astype(np.uint8)
