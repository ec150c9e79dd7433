"""Augmentation: random position, size, angle, side and colour, as a pure function of a seed."""

from __future__ import annotations

import tensorflow as tf

from hyperpose_core.config import DataConfig
from hyperpose_core.pipeline import affine


def random_affine(
    config: DataConfig, image_size: tf.Tensor, input_size: tf.Tensor, seed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Draw how an image is placed in the input.

    Args:
        image_size, input_size: `[2]` float32 (width, height).
        seed: `[2]` integers; the same seed gives the same placement.

    Returns:
        the `[3, 3]` matrix from the image to the input, and whether it mirrors.
    """
    draw = tf.random.stateless_uniform([5], seed)
    signed = 2 * draw - 1
    low, high = config.scale
    scale = low * tf.exp(draw[0] * tf.math.log(high / low))
    mirrored = draw[4] < config.flip
    side = tf.where(mirrored, -1.0, 1.0)
    about_centre = affine.rotate(config.rotation * signed[1]) @ affine.stretch(side * scale, scale)
    matrix = affine.about((input_size - 1) / 2, about_centre) @ affine.fit(image_size, input_size)
    return affine.translate(config.shift * signed[2:4] * input_size) @ matrix, mirrored


def random_color(image: tf.Tensor, strength: float, seed: tf.Tensor) -> tf.Tensor:
    """Change brightness, contrast and saturation of an RGB image in [0, 1] by up to `strength`."""
    saturation, contrast, brightness = tf.unstack(
        strength * (2 * tf.random.stateless_uniform([3], seed) - 1)
    )
    # All three are one linear map of a pixel's colour.
    mixing = (1 + contrast) * ((1 + saturation) * tf.eye(3) - saturation / 3)
    image = tf.tensordot(image, mixing, 1) + 0.5 * (brightness - contrast)
    return tf.clip_by_value(image, 0.0, 1.0)


def hide_outside(keypoints: tf.Tensor, input_size: tf.Tensor) -> tf.Tensor:
    """Set the visibility of keypoints outside the input to 0."""
    inside = tf.reduce_all(
        (keypoints[..., :2] > -0.5) & (keypoints[..., :2] < input_size - 0.5), -1, keepdims=True
    )
    return tf.concat([keypoints[..., :2], tf.where(inside, keypoints[..., 2:], 0.0)], -1)
