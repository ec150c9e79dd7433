"""Augmentations: random changes of where a training image is placed, and of the placed image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from hyperpose_core.skeletons import Skeleton

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True)
class Placement:
    """Where an image is to be in the network's input, before its pixels are moved."""

    matrix: tf.Tensor
    """`[3, 3]` float32: maps (x, y, 1) in pixels of the image to pixels of the input. One that
    mirrors exchanges left and right keypoints."""
    image_size: tf.Tensor
    """`[2]` float32 (width, height) of the image."""
    input_size: tf.Tensor
    """`[2]` float32 (width, height) of the input."""
    keypoints: tf.Tensor
    """`[P, K, 3]` float32: x and y in pixels of the image, visibility."""
    boxes: tf.Tensor
    """`[P, 4]` float32: x, y, width, height in pixels of the image."""
    skeleton: Skeleton
    """Names the K keypoints."""


@dataclass(frozen=True)
class PlacedImage:
    """An image in the network's input, and the people in it."""

    image: tf.Tensor
    """`[H, W, 3]` float32 RGB in [0, 1]."""
    keypoints: tf.Tensor
    """`[P, K, 3]` float32: x and y in pixels of the input; visibility 0 not there, 1 occluded,
    2 visible. A keypoint that is moved out of the input becomes 0 by itself."""
    boxes: tf.Tensor
    """`[P, 4]` float32: x, y, width, height in pixels of the input."""
    mask: tf.Tensor
    """`[H, W, 1]` float32: 1 where the loss counts, 0 where it does not."""
    skeleton: Skeleton
    """Names the K keypoints."""


class Augmentation(Protocol):
    """Changes a placed image; where the picture moves, keypoints, boxes and mask move with it.

    It is traced into the input pipeline, once for a training: TensorFlow ops, not numpy. It is a
    function of what it is given and nothing else, so that a resumed run sees what it would have
    seen: random numbers are drawn with `tf.random.stateless_...(shape, seed)`. Shapes, but for P,
    and types stay as they are.
    """

    def __call__(self, placed: PlacedImage, seed: tf.Tensor, **arguments: Any) -> PlacedImage:
        """Return the changed image, by `dataclasses.replace`.

        Args:
            seed: `[2]` int64, another for every image and every augmentation of a training.
                `tf.random.split` makes several of it.
            arguments: what `data.augmentations` gives by name.
        """
        ...


class Augmentations(Protocol):
    """All of those of a training, in their order; each gets a seed of its own."""

    def place(self, placement: Placement, seed: tf.Tensor) -> tf.Tensor:
        """Return the `[3, 3]` float32 matrix from the image to the input."""
        ...

    def change(self, placed: PlacedImage, seed: tf.Tensor) -> PlacedImage:
        """Return the placed image as the network is to see it."""
        ...


class PlacingAugmentation(Protocol):
    """Changes where an image is placed (`AugmentationSpec.places`); else as `Augmentation`."""

    def __call__(self, placement: Placement, seed: tf.Tensor, **arguments: Any) -> tf.Tensor:
        """Return the new `[3, 3]` float32 matrix from the image to the input."""
        ...
