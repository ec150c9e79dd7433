"""The augmentations of every training: random position, size, angle, side and colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import tensorflow as tf

from hyperpose_core.contracts import PlacedImage, Placement
from hyperpose_core.errors import ConfigError
from hyperpose_training import affine


def random_affine(
    placement: Placement,
    seed: tf.Tensor,
    rotation: float = 30.0,
    scale: Sequence[float] = (0.6, 1.2),
    shift: float = 0.15,
    flip: float = 0.5,
) -> tf.Tensor:
    """Turn, scale and mirror about the input's centre, and shift; see `contracts`.

    Args:
        rotation, scale, shift, flip: as the settings of `data`.

    Raises:
        ConfigError: the scale is no pair of numbers above 0, the smaller first.
    """
    if len(scale) != 2 or not 0 < scale[0] <= scale[1]:
        raise ConfigError(f"affine: scale is [smallest, largest], above 0; got {scale!r}")
    low, high = scale
    draw = tf.random.stateless_uniform([5], seed)
    signed = 2 * draw - 1
    factor = low * tf.exp(draw[0] * tf.math.log(high / low))
    side = tf.where(draw[4] < flip, -1.0, 1.0)
    about_centre = affine.rotate(rotation * signed[1]) @ affine.stretch(side * factor, factor)
    size = placement.input_size
    matrix = affine.about((size - 1) / 2, about_centre) @ placement.matrix
    return affine.translate(shift * signed[2:4] * size) @ matrix


def random_color(placed: PlacedImage, seed: tf.Tensor, strength: float = 0.2) -> PlacedImage:
    """Change brightness, contrast and saturation by up to `strength`; see `contracts`."""
    # Beside those of the placement, which is drawn from the seed itself.
    draw = tf.random.stateless_uniform([3], seed + 1)
    saturation, contrast, brightness = tf.unstack(strength * (2 * draw - 1))
    # All three are one linear map of a pixel's colour.
    mixing = (1 + contrast) * ((1 + saturation) * tf.eye(3) - saturation / 3)
    image = tf.tensordot(placed.image, mixing, 1) + 0.5 * (brightness - contrast)
    return replace(placed, image=tf.clip_by_value(image, 0.0, 1.0))
