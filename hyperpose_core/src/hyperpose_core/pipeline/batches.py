"""Images of batches: files are read, decoded and warped inside `tf.data`."""

from __future__ import annotations

import tensorflow as tf

from hyperpose_core.config import Config
from hyperpose_core.pipeline import affine
from hyperpose_core.pipeline.decoding import decode_image as _decode


def read_annotated(path: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Return an image, `[H, W, 3]` uint8 RGB.

    Fails where the file has another size than annotated; one pixel is somebody's rounding.

    Args:
        path: scalar string.
        size: `[2]` int32, width and height as annotated; 0 where that is not known.
    """
    image = _decode(tf.io.read_file(path))
    stored = tf.reverse(tf.shape(image)[:2], [0])
    fits = tf.reduce_all(tf.abs(stored - size) <= 1) | tf.reduce_any(size == 0)
    with tf.control_dependencies([tf.debugging.Assert(fits, [stored, size])]):
        return tf.identity(image)


def warp_image(image: tf.Tensor, matrix: tf.Tensor, config: Config) -> tf.Tensor:
    """Return the network's input, `[H, W, 3]` float32 in [0, 1]."""
    width, height = config.model.size
    image = affine.warp(image, matrix, tf.constant([width, height]), fill=114.0)
    return tf.ensure_shape(tf.cast(image, tf.float32) / 255.0, [height, width, 3])


def warp_mask(mask: tf.Tensor, matrix: tf.Tensor, config: Config) -> tf.Tensor:
    """Return a mask of PNG bytes as `[H, W, 1]` float32, 1 for what counts; empty: all does.

    What lies outside the image counts: nobody is there; but not where nothing inside counts.
    """
    width, height = config.model.size

    def warped() -> tf.Tensor:
        decoded = tf.io.decode_png(mask, channels=1)
        moved = affine.warp(decoded, matrix, tf.constant([width, height]), fill=255.0)
        counts = tf.reduce_any(decoded > 0)
        return tf.where(counts, tf.cast(moved, tf.float32) / 255.0, 0.0)

    result = tf.cond(tf.strings.length(mask) > 0, warped, lambda: tf.ones([height, width, 1]))
    return tf.ensure_shape(result, [height, width, 1])
