"""Augmentors: images, people and masks varied at once, as the classes of 2021 do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose._images import FILL

ABSENT = -1000.0
"""Where a keypoint is that is not there, x and y."""
Floats = NDArray[Any]


class BasicAugmentor:
    """Turns, scales and mirrors an image about its centre, fitted into the input.

    A class of one's own for `Config.set_custom_augmentor` has the same `process`; its random
    numbers are those of `numpy.random`, which is seeded for each image in training.

    Args:
        hin, win: height and width of the network's input, in pixels.
        angle_min, angle_max: of the rotation, in degrees.
        zoom_min, zoom_max: smallest and largest size of the image's fit into the input.
        flip_list: for each keypoint the one of the other side; None: images are not mirrored.
    """

    def __init__(
        self,
        hin: int,
        win: int,
        angle_min: float = -30,
        angle_max: float = 30,
        zoom_min: float = 0.5,
        zoom_max: float = 0.8,
        flip_list: Sequence[int] | None = None,
        **_: Any,
    ) -> None:
        self.hin, self.win, self.flip_list = hin, win, flip_list
        self.angle_min, self.angle_max = angle_min, angle_max
        self.zoom_min, self.zoom_max = zoom_min, zoom_max

    def process(
        self, image: Floats, annos: Sequence[Any], mask: Floats | None, bbxs: Floats | None = None
    ) -> tuple[Floats, list[Any], Floats | None, Floats | None]:
        """Return the four as the network is to see them.

        Args:
            image: RGB `[H, W, 3]` in [0, 1].
            annos: for each person its keypoints `[x, y]` in pixels, negative where there is none.
            mask: `[H, W]`, 1 where the loss counts; None: everywhere.
            bbxs: `[P, 4]` x, y, width, height in the same pixels; None: not known.
        """
        matrix, mirrored = self._draw(image.shape)
        people = [_moved(np.asarray(person, np.float32), matrix) for person in annos]
        if mirrored:
            people = [person[list(self.flip_list or ())] for person in people]
        moved = None if mask is None else self._warped(mask.astype(np.float32), matrix, 1.0)
        boxes = None if bbxs is None else _moved_boxes(np.asarray(bbxs, np.float32), matrix)
        return self._warped(image, matrix, FILL), [list(p) for p in people], moved, boxes

    def process_only_image(self, image: Floats) -> Floats:
        """Return an image as the network is to see it."""
        return self._warped(image, self._draw(image.shape)[0], FILL)

    def _draw(self, shape: Sequence[int]) -> tuple[Floats, bool]:
        """Return the `[2, 3]` matrix from the image to the input, and whether it mirrors."""
        angle = np.deg2rad(np.random.uniform(self.angle_min, self.angle_max))
        size = np.random.uniform(self.zoom_min, self.zoom_max)
        mirrored = self.flip_list is not None and np.random.uniform() < 0.5
        size *= min(self.hin / shape[0], self.win / shape[1])
        turn = size * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        turn[0] *= -1 if mirrored else 1
        centre = (np.array([shape[1], shape[0]]) - 1) / 2
        target = (np.array([self.win, self.hin]) - 1) / 2
        return np.concatenate([turn, (target - turn @ centre)[:, None]], axis=1), mirrored

    def _warped(self, picture: Floats, matrix: Floats, fill: float) -> Floats:
        import cv2

        size = (self.win, self.hin)
        warped = cv2.warpAffine(
            picture.astype(np.float32),
            matrix,
            size,
            flags=cv2.INTER_LINEAR,
            borderValue=(fill,) * 3,
        )
        return np.asarray(warped)


def _moved(points: Floats, matrix: Floats) -> Floats:
    there = (points[:, :2] >= 0).all(axis=1, keepdims=True)
    moved = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    return np.where(there, moved, ABSENT).astype(np.float32)


def _moved_boxes(boxes: Floats, matrix: Floats) -> Floats:
    """Return the boxes around the moved corners."""
    x, y, width, height = boxes.reshape(-1, 4).T
    corners = [(x, y), (x + width, y), (x, y + height), (x + width, y + height)]
    moved = np.stack([np.stack(c, -1) @ matrix[:, :2].T + matrix[:, 2] for c in corners])
    low, high = moved.min(axis=0), moved.max(axis=0)
    return np.concatenate([low, high - low], axis=-1).astype(np.float32)
