"""Affine maps between an image and the network's input, as 3x3 matrices in pixels.

A matrix maps a column (x, y, 1) of the image to one of the input. The centre of the upper left
pixel is (0, 0) in both.
"""

from __future__ import annotations

import tensorflow as tf


def fit(image_size: tf.Tensor, input_size: tf.Tensor, to: str = "box") -> tf.Tensor:
    """Scale an image to the input, centred.

    Args:
        image_size, input_size: `[2]` float32 (width, height).
        to: `box`, the largest size that fits, or `height`, the input's, as `eval.fit`.

    Returns:
        `[3, 3]` float32.
    """
    ratios = input_size / image_size
    scale = ratios[1] if to == "height" else tf.reduce_min(ratios)
    centre_image, centre_input = (image_size - 1) / 2, (input_size - 1) / 2
    return translate(centre_input) @ stretch(scale, scale) @ translate(-centre_image)


def about(centre: tf.Tensor, matrix: tf.Tensor) -> tf.Tensor:
    """Apply a matrix about another point than the origin."""
    return translate(centre) @ matrix @ translate(-centre)


def translate(by: tf.Tensor) -> tf.Tensor:
    """Shift by `[2]` pixels."""
    return _matrix(1.0, 0.0, by[0], 0.0, 1.0, by[1])


def stretch(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Multiply x and y."""
    return _matrix(x, 0.0, 0.0, 0.0, y, 0.0)


def rotate(degrees: tf.Tensor) -> tf.Tensor:
    """Turn clockwise, as seen with y downwards."""
    angle = degrees * (3.14159265358979 / 180.0)
    cos, sin = tf.cos(angle), tf.sin(angle)
    return _matrix(cos, -sin, 0.0, sin, cos, 0.0)


def move_points(matrix: tf.Tensor, points: tf.Tensor) -> tf.Tensor:
    """Map `[..., 2]` points."""
    return tf.linalg.matvec(matrix[:2, :2], points) + matrix[:2, 2]


def move_boxes(matrix: tf.Tensor, boxes: tf.Tensor) -> tf.Tensor:
    """Map `[P, 4]` boxes (x, y, width, height) to the upright boxes around their images."""
    x, y, w, h = (boxes[:, i] for i in range(4))
    corners = tf.stack(
        [tf.stack([cx, cy], -1) for cx, cy in ((x, y), (x + w, y), (x, y + h), (x + w, y + h))],
        1,
    )
    moved = move_points(matrix, corners)
    low, high = tf.reduce_min(moved, 1), tf.reduce_max(moved, 1)
    return tf.concat([low, high - low], -1)


def mirrors(matrix: tf.Tensor) -> tf.Tensor:
    """Tell whether a matrix exchanges left and right, a bool scalar."""
    return matrix[0, 0] * matrix[1, 1] < matrix[0, 1] * matrix[1, 0]


def _matrix(*rows: tf.Tensor | float) -> tf.Tensor:
    top = tf.stack([tf.cast(value, tf.float32) for value in rows])
    return tf.concat([tf.reshape(top, [2, 3]), [[0.0, 0.0, 1.0]]], 0)


def hide_outside(keypoints: tf.Tensor, input_size: tuple[int, int]) -> tf.Tensor:
    """Set the visibility of keypoints outside the input, (width, height), to 0."""
    size = tf.constant(input_size, tf.float32)
    inside = tf.reduce_all(
        (keypoints[..., :2] > -0.5) & (keypoints[..., :2] < size - 0.5), -1, keepdims=True
    )
    return tf.concat([keypoints[..., :2], tf.where(inside, keypoints[..., 2:], 0.0)], -1)
