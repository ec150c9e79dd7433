"""Cutout: rectangles of the picture are hidden, and what of the people is under them."""

from __future__ import annotations

from dataclasses import replace

import tensorflow as tf

from hyperpose_augment.chance import require, sometimes, split
from hyperpose_core.contracts import PlacedImage

FILL = 114.0 / 255.0
"""The grey of what lies outside an image in the network's input."""


def cutout(
    placed: PlacedImage,
    seed: tf.Tensor,
    n: int = 1,
    size: float = 0.25,
    drop: bool = False,
    probability: float = 0.5,
) -> PlacedImage:
    """Hide rectangles at random places; see `contracts.Augmentation`.

    A keypoint under one becomes occluded, visibility 1: annotators mark what they infer in the
    same way, and it is still learned. A person of whom no keypoint can be seen any more is there
    no more, visibility 0: nothing in the picture tells of it.

    After DeVries and Taylor, Improved Regularization of Convolutional Neural Networks with Cutout,
    arXiv 1708.04552; with rectangles of various sizes.

    Args:
        n: how many rectangles.
        size: their longest side, in parts of the input's shorter side; the shortest is half of it.
        drop: every hidden keypoint is there no more; the network learns that it is not to be found.
    """
    require(n >= 1, f"cutout: n is 1 or more; got {n}")
    require(0 < size <= 1, f"cutout: size is above 0 and at most 1; got {size}")
    chance, place, shape = split(seed, 3)
    height, width, _ = placed.image.shape
    centres = tf.random.stateless_uniform([n, 2], place) * tf.constant([width, height], tf.float32)
    halves = tf.random.stateless_uniform([n, 2], shape, 0.25, 0.5) * size * min(height, width)
    # Nothing is as near as -1 to a centre.
    halves = sometimes(chance, probability, lambda: halves, -tf.ones([n, 2]))
    x, y = (tf.range(side, dtype=tf.float32) for side in (width, height))
    columns, rows = (_near(axis, centres[:, i], halves[:, i]) for i, axis in enumerate((x, y)))
    hidden = tf.reduce_any(columns[:, tf.newaxis, :] & rows[:, :, tf.newaxis], 0)
    image = tf.where(hidden[..., tf.newaxis], FILL, placed.image)
    return replace(placed, image=image, keypoints=_covered(placed.keypoints, centres, halves, drop))


def _near(values: tf.Tensor, centres: tf.Tensor, halves: tf.Tensor) -> tf.Tensor:
    """Tell which of `[V]` values lie in each of `[n]` intervals, `[n, V]` bool."""
    return tf.abs(values - centres[:, tf.newaxis]) <= halves[:, tf.newaxis]


def _covered(keypoints: tf.Tensor, centres: tf.Tensor, halves: tf.Tensor, drop: bool) -> tf.Tensor:
    """Return `[P, K, 3]` keypoints as they can be seen with the rectangles in front of them."""
    distances = tf.abs(keypoints[..., tf.newaxis, :2] - centres)
    hidden = tf.reduce_any(tf.reduce_all(distances <= halves, -1), -1)
    visibility = keypoints[..., 2]
    seen = tf.reduce_any(~hidden & (visibility > 0), -1, keepdims=True)
    left = tf.where(seen & (not drop), tf.minimum(visibility, 1.0), 0.0)
    visibility = tf.where(hidden, left, visibility)
    return tf.concat([keypoints[..., :2], visibility[..., tf.newaxis]], -1)
