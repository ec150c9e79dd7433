"""Worse pictures: blur, noise, compression, no colours. Nothing moves."""

from __future__ import annotations

import math
from dataclasses import replace

import tensorflow as tf

from hyperpose_augment.chance import require, sometimes, split, uniform
from hyperpose_core.contracts import PlacedImage


def blur(
    placed: PlacedImage, seed: tf.Tensor, sigma: float = 2.0, probability: float = 0.5
) -> PlacedImage:
    """Blur with a Gaussian; see `contracts.Augmentation`.

    Args:
        sigma: its largest standard deviation, in pixels of the input.
    """
    height, width, _ = placed.image.shape
    require(0 < sigma < min(height, width) / 8, f"blur: sigma is above 0 and small; got {sigma}")
    chance, size = split(seed, 2)

    def blurred() -> tf.Tensor:
        return _convolved(placed.image, _bell(uniform(size, 0.0, sigma), math.ceil(3 * sigma)))

    return replace(placed, image=sometimes(chance, probability, blurred, placed.image))


def noise(
    placed: PlacedImage, seed: tf.Tensor, sigma: float = 0.05, probability: float = 0.5
) -> PlacedImage:
    """Add Gaussian noise to every channel of every pixel; see `contracts.Augmentation`.

    Args:
        sigma: its largest standard deviation; pixels are in [0, 1].
    """
    require(0 < sigma <= 1, f"noise: sigma is above 0 and at most 1; got {sigma}")
    chance, size, draw = split(seed, 3)

    def noisy() -> tf.Tensor:
        drawn = tf.random.stateless_normal(placed.image.shape, draw)
        return tf.clip_by_value(placed.image + uniform(size, 0.0, sigma) * drawn, 0.0, 1.0)

    return replace(placed, image=sometimes(chance, probability, noisy, placed.image))


def jpeg(
    placed: PlacedImage,
    seed: tf.Tensor,
    lowest: int = 30,
    highest: int = 95,
    probability: float = 0.5,
) -> PlacedImage:
    """Compress as a JPEG file and decompress; see `contracts.Augmentation`.

    Args:
        lowest, highest: the range of its quality, from 1 to 100.
    """
    require(1 <= lowest <= highest <= 100, f"jpeg: qualities are 1 to 100; got {lowest}, {highest}")
    chance, size = split(seed, 2)

    def compressed() -> tf.Tensor:
        quality = tf.random.stateless_uniform([], size, lowest, highest + 1, tf.int32)
        return tf.image.adjust_jpeg_quality(placed.image, quality)

    return replace(placed, image=sometimes(chance, probability, compressed, placed.image))


def grey(placed: PlacedImage, seed: tf.Tensor, probability: float = 0.1) -> PlacedImage:
    """Take the colours away, not the brightness; see `contracts.Augmentation`."""

    def colourless() -> tf.Tensor:
        return tf.tile(tf.image.rgb_to_grayscale(placed.image), [1, 1, 3])

    return replace(placed, image=sometimes(seed, probability, colourless, placed.image))


def _bell(sigma: tf.Tensor, radius: int) -> tf.Tensor:
    """Return weights that add up to 1, `[2 * radius + 1]`."""
    distances = tf.range(-radius, radius + 1, dtype=tf.float32)
    # Below a hundredth of a pixel nothing is left but the centre.
    weights = tf.exp(-0.5 * tf.square(distances / tf.maximum(sigma, 0.01)))
    return weights / tf.reduce_sum(weights)


def _convolved(image: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Convolve an image `[H, W, 3]` along both sides; beyond its border it is mirrored."""
    radius = weights.shape[0] // 2
    around = [[radius, radius], [radius, radius], [0, 0]]
    image = tf.pad(image, around, "REFLECT")[tf.newaxis]
    for shape in ([-1, 1, 1, 1], [1, -1, 1, 1]):
        kernel = tf.tile(tf.reshape(weights, shape), [1, 1, 3, 1])
        image = tf.nn.depthwise_conv2d(image, kernel, [1, 1, 1, 1], "VALID")
    return image[0]
