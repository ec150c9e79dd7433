"""Views: an image in the middle of the network's input, and the way back for points and maps.

The same placement and the same resampling as in training: what the network has learned by heart it
must see again to the pixel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

FILL = 114
WIDEST = 8
"""How often an input may be as wide as it is high: a strip of pixels is not enlarged to metres."""


@dataclass(frozen=True)
class View:
    """How an image lies in an input: scaled about the centres of both, perhaps mirrored.

    Args:
        size: width and height of the image, in pixels.
        padded: width and height of the input.
        scale: pixels of the input per pixel of the image.
        mirrored: whether left and right are exchanged.
    """

    size: tuple[int, int]
    padded: tuple[int, int]
    scale: float
    mirrored: bool = False

    @classmethod
    def within(
        cls, size: tuple[int, int], box: tuple[int, int], stride: int, fit: str, mirrored: bool
    ) -> View:
        """Fit an image into an input.

        Args:
            box: width and height, in pixels.
            fit: `box` keeps the whole image inside the box; `height` gives it the box's height and
                lets the width follow, rounded up to the stride, to at most `WIDEST` heights: wider
                images are kept whole inside that.
        """
        if fit == "height":
            scale = min(box[1] / size[1], WIDEST * box[1] / size[0])
            width = max(1, math.ceil(size[0] * scale / stride - 1e-9)) * stride
            return cls(size, (width, box[1]), scale, mirrored)
        return cls(size, box, min(box[0] / size[0], box[1] / size[1]), mirrored)

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the input, `[H, W, 3]` float32 in [0, 1], for an RGB image.

        Bilinear; before that, averaged over blocks of pixels where it shrinks to half or less.
        """
        block = max(1, int(1 / self.scale))
        width, height = (max(1, side // block) for side in self.size)
        if block > 1:
            whole = image[: height * block, : width * block]
            small = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
            image = np.asarray(small, np.uint8)
        (ax, bx), (ay, by) = self._to_image()
        # pixel of the input -> pixel of the image -> block
        shift = (block - 1) / 2
        matrix = np.array([[ax, 0, bx - shift], [0, ay, by - shift]]) / block
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        filled = cv2.warpAffine(image, matrix, self.padded, flags=flags, borderValue=(FILL,) * 3)
        return filled.astype(np.float32) / 255.0

    def to_image(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map `[..., 2]` points of the input to the image."""
        matrix = self._to_image()
        moved: NDArray[np.float32] = (points * matrix[:, 0] + matrix[:, 1]).astype(np.float32)
        return moved

    def resample(
        self, maps: NDArray[np.float32], other: View, stride: int, cells: tuple[int, int]
    ) -> NDArray[np.float32]:
        """Bring maps `[h, w, C]` of this view to the cells of another view of the same image.

        Args:
            cells: width and height of the other view's maps.
        """
        half = (stride - 1) / 2
        forth, back = other._to_image(), self._to_image()
        # cell of the other view -> its pixel -> image -> pixel of this view -> its cell
        scale = forth[:, 0] / back[:, 0]
        shift = (forth[:, 0] * half + forth[:, 1] - back[:, 1]) / back[:, 0]
        matrix = np.array(
            [[scale[0], 0, (shift[0] - half) / stride], [0, scale[1], (shift[1] - half) / stride]]
        )
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        planes = [
            cv2.warpAffine(plane, matrix, cells, flags=flags, borderMode=cv2.BORDER_REPLICATE)
            for plane in np.moveaxis(maps, -1, 0)
        ]
        return np.stack(planes, -1)

    def _to_image(self) -> NDArray[np.float64]:
        """Scale and shift of x and of y, `[2, 2]`, from the input to the image."""
        back = 1 / self.scale
        scales = np.array([-back if self.mirrored else back, back])
        shifts = (np.array(self.size) - 1) / 2 - scales * (np.array(self.padded) - 1) / 2
        return np.stack([scales, shifts], -1)
