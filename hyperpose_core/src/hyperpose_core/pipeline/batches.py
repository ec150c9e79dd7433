"""Images of batches: files that are read inside `tf.data`."""

from __future__ import annotations

import tensorflow as tf

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
