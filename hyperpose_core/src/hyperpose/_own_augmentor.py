"""The user's own augmentor in the input pipeline, in place of ours."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import numpy as np

from hyperpose._augmentor import ABSENT
from hyperpose._own_errors import naming
from hyperpose_core.build import completed
from hyperpose_core.config import Config, snapshot
from hyperpose_core.contracts import PlacedImage
from hyperpose_core.errors import ConfigError
from hyperpose_core.registry import Registry
from hyperpose_core.skeletons import Skeleton

_one_at_a_time = threading.Lock()
"""NumPy has one generator for all threads, and the classes of 2021 draw from it."""


def with_augmentor(config: Config, augmentor: Any, registry: Registry) -> Config:
    """Return a copy in which images are varied by the user's augmentor, and by nothing of ours.

    Raises:
        ConfigError: it fails, or its image is not of the network's input size.
    """
    config = snapshot(config)
    model = completed(config, registry).model
    skeleton = model.skeleton
    assert isinstance(skeleton, Skeleton)  # `completed` found it
    width, height = model.size
    with naming("augmentor", augmentor):
        made = augmentor(hin=height, win=width, flip_list=list(skeleton.flip))
    config.data.augment = True
    config.data.rotation = config.data.shift = config.data.flip = config.data.color = 0.0
    config.data.scale = (1.0, 1.0)
    config.data.augmentation = OwnAugmentation(made, (width, height), len(skeleton))
    return config


class OwnAugmentation:
    """A `contracts.Augmentation` that calls the user's `process` on the image in the input.

    Args:
        size: width and height of the input, in pixels.
        keypoints: how many a person has.
    """

    def __init__(self, own: Any, size: tuple[int, int], keypoints: int) -> None:
        self.own, self.size, self.keypoints = own, size, keypoints
        self.__name__ = type(own).__name__
        person = np.full((1, keypoints, 3), 2.0) * [size[0] / 4, size[1] / 4, 1.0]
        picture = np.full((size[1], size[0], 3), 0.5, np.float32)
        box = np.array([[0, 0, size[0] / 2, size[1] / 2]], np.float32)
        ones = np.ones((size[1], size[0], 1), np.float32)
        self._process(picture, person.astype(np.float32), box, ones, np.zeros(2, np.int64))

    def __call__(self, placed: PlacedImage, seed: Any) -> PlacedImage:
        """Return what the user's augmentor makes of a placed image."""
        import tensorflow as tf

        given = [placed.image, placed.keypoints, placed.boxes, placed.mask, seed]
        image, keypoints, boxes, mask = tf.numpy_function(self._process, given, [tf.float32] * 4)
        return replace(
            placed,
            image=tf.ensure_shape(image, placed.image.shape),
            keypoints=tf.ensure_shape(keypoints, [None, self.keypoints, 3]),
            boxes=tf.ensure_shape(boxes, [None, 4]),
            mask=tf.ensure_shape(mask, placed.mask.shape),
        )

    def _process(self, image: Any, keypoints: Any, boxes: Any, mask: Any, seed: Any) -> list[Any]:
        annos = np.where(keypoints[..., 2:] > 0, keypoints[..., :2], ABSENT)
        people = [list(person) for person in annos]
        with _one_at_a_time, _seeded(seed), naming("augmentor", self.own):
            varied = self.own.process(image, people, mask[..., 0], boxes)
        image, people, moved, boxes_moved = varied
        points = np.asarray(people, np.float32).reshape(-1, self.keypoints, 2)
        there = (points >= 0).all(axis=-1, keepdims=True)
        seen = (
            keypoints[..., 2:] if len(points) == len(keypoints) else np.full_like(there, 2.0, "f")
        )
        points = np.concatenate([points, np.where(there, seen, 0.0)], -1)
        boxes = np.asarray(boxes if boxes_moved is None else boxes_moved, np.float32).reshape(-1, 4)
        shape = self.size[::-1]
        mask = np.ones(shape) if moved is None else np.asarray(moved)
        if image.shape != (*shape, 3) or mask.size != shape[0] * shape[1]:
            raise ConfigError(
                f"your augmentor {type(self.own).__name__} returned an image {list(image.shape)} "
                f"and a mask {list(mask.shape)}: the network's input is {[*shape, 3]}"
            )
        arrays = (image, points, boxes, mask.reshape(*shape, 1))
        return [np.ascontiguousarray(array, np.float32) for array in arrays]


class _seeded:  # noqa: N801 - it is used as a function
    """Let `numpy.random` begin with an image's seed, and go on afterwards as if nothing was."""

    def __init__(self, seed: Any) -> None:
        self.seed = [int(part) % 2**32 for part in seed]

    def __enter__(self) -> None:
        self.state = np.random.get_state()
        np.random.seed(self.seed)

    def __exit__(self, *_: object) -> None:
        np.random.set_state(self.state)
