"""Decoding: from a file's bytes to pixels, the same for training, evaluation and checking."""

from __future__ import annotations

import io

import cv2
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from hyperpose_core.data.image_size import MOST_PIXELS, stated_size
from hyperpose_core.errors import DataError

STORED = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
"""OpenCV's flags for pixels as they are in the file: annotations belong to these."""
_COLORS = 3


# A graph, in which what OpenCV cannot read is an error of TensorFlow too.
@tf.function(input_signature=[tf.TensorSpec([], tf.string)], autograph=False)
def decode_image(content: tf.Tensor) -> tf.Tensor:
    """Decode an image file into RGB, as stored: an orientation in the metadata is ignored.

    JPEG (accurately), PNG and GIF by TensorFlow, which refuses damaged files. Everything else by
    OpenCV: of BMP with a palette TensorFlow gives the indices, it cannot read TIFF, and CMYK it
    converts in its own way.

    Args:
        content: scalar string, the file's bytes.

    Returns:
        `[H, W, 3]` uint8, of an animation the first picture.

    Raises:
        tf.errors.OpError: it is no whole image, or states more than `MOST_PIXELS`.
    """
    jpeg, _ = plain_jpeg(content)
    head = tf.strings.join([tf.strings.substr(content, 0, 24), b"\0" * 24])
    png = tf.strings.substr(head, 0, 4) == b"\x89PNG"
    gif = tf.strings.substr(head, 0, 4) == b"GIF8"
    width_height = tf.cond(
        png,
        lambda: tf.io.decode_raw(tf.strings.substr(head, 16, 8), tf.int32, little_endian=False),
        lambda: tf.cast(tf.io.decode_raw(tf.strings.substr(head, 6, 4), tf.uint16), tf.int32),
    )
    return tf.cond(
        jpeg,
        lambda: decode_jpeg(content),
        lambda: tf.cond(
            _small(width_height) & (png | gif),
            lambda: tf.io.decode_image(content, _COLORS, expand_animations=False),
            lambda: _by_opencv(content),
        ),
    )


def plain_jpeg(content: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Tell whether `decode_jpeg` is for a file, and its size, `[2]` int32 (height, width)."""
    jpeg, none = tf.io.is_jpeg(content), tf.zeros(3, tf.int32)
    shape = tf.cond(jpeg, lambda: tf.io.extract_jpeg_shape(content), lambda: none)
    return jpeg & _small(shape[:2]) & (shape[2] <= _COLORS), shape[:2]


def _small(sides: tf.Tensor) -> tf.Tensor:
    return tf.reduce_prod(tf.cast(sides, tf.int64)) <= MOST_PIXELS


def decode_jpeg(content: tf.Tensor, factor: int = 1) -> tf.Tensor:
    """Decode a JPEG of one or three colours into `[H, W, 3]` uint8 RGB, 1, 2, 4 or 8 times smaller.

    Raises:
        tf.errors.OpError: it is no whole JPEG.
    """
    return tf.io.decode_jpeg(content, _COLORS, ratio=factor, dct_method="INTEGER_ACCURATE")


def _by_opencv(content: tf.Tensor) -> tf.Tensor:
    image = tf.numpy_function(_decoded, [content], tf.uint8, stateful=False)
    return tf.ensure_shape(image, [None, None, _COLORS])


def _decoded(content: bytes) -> NDArray[np.uint8]:
    stated_size(io.BytesIO(content))  # What is too large comes here too, whatever it is.
    image = cv2.imdecode(np.frombuffer(content, np.uint8), STORED)
    if image is None:
        raise ValueError("it is no image, or a damaged one")
    return np.ascontiguousarray(image[..., ::-1])


def why_undecodable(content: bytes) -> str:
    """Say why bytes are no image."""
    if not content:
        return "the file is empty"
    # Inside compressed data 0xFF is always followed by 0, so a marker found there is a real one.
    if content.startswith(b"\xff\xd8") and content.rfind(b"\xff\xd9") < content.rfind(b"\xff\xda"):
        return "the file is cut off"
    if content.startswith(b"\x89PNG") and b"IEND" not in content[-64:]:
        return "the file is cut off"
    try:
        stated_size(io.BytesIO(content))
    except DataError as error:
        return str(error)
    return "it cannot be decoded"
