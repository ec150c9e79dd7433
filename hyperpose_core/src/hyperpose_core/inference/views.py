"""Views: an image resized into the network's input, and the way back for points and maps."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

FILL = 114


@dataclass(frozen=True)
class View:
    """How an image lies in an input: resized, perhaps mirrored, padded on the right and below.

    Args:
        size: width and height of the image, in pixels.
        content: width and height of the resized image within the input.
        padded: width and height of the input.
        mirrored: whether the content is mirrored.
    """

    size: tuple[int, int]
    content: tuple[int, int]
    padded: tuple[int, int]
    mirrored: bool = False

    @classmethod
    def within(
        cls, size: tuple[int, int], box: tuple[int, int], stride: int, fit: str, mirrored: bool
    ) -> View:
        """Fit an image into an input.

        Args:
            box: width and height, in pixels.
            fit: `box` keeps the whole image inside the box; `height` gives it the box's height and
                lets the width follow, rounded up to the stride.
        """
        scale = box[1] / size[1] if fit == "height" else min(box[0] / size[0], box[1] / size[1])
        content = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
        padded = (-(-content[0] // stride) * stride, box[1]) if fit == "height" else box
        return cls(size, content, padded, mirrored)

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the input, `[H, W, 3]` float32 in [0, 1], for an RGB image."""
        shrinks = self.content[0] < self.size[0]
        resized = cv2.resize(
            image, self.content, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        )
        padded = np.full((self.padded[1], self.padded[0], 3), FILL, np.uint8)
        padded[: self.content[1], : self.content[0]] = (
            resized[:, ::-1] if self.mirrored else resized
        )
        return padded.astype(np.float32) / 255.0

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
        scale = np.array(self.size) / np.array(self.content)
        shift = (scale - 1) / 2
        if self.mirrored:
            return np.array([[-scale[0], self.size[0] - 1 - shift[0]], [scale[1], shift[1]]])
        return np.stack([scale, shift], -1)
