"""Targets in TensorFlow ops: which cells point at keypoints and at the ends of limbs, and how.

Places and lengths are in cells; the centre of the upper left cell is (0, 0).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hyperpose_core.contracts import Size
from hyperpose_pifpaf.claims import Claims

Limbs = Sequence[tuple[int, int]]


class Keypoints(NamedTuple):
    """The keypoints of P people."""

    points: tf.Tensor
    """`[P, K, 2]` float32, x and y."""
    scales: tf.Tensor
    """`[P, K]` float32, how exactly a keypoint of this person has a place."""
    visible: tf.Tensor
    """`[P, K]` bool; the others are absent."""


def intensity_claims(keypoints: Keypoints, side: int) -> Claims:
    """Let every keypoint claim the square of cells around it (the paper's figure 3).

    Args:
        side: of the square, in cells.

    Returns:
        values: the vector from the cell's centre to the keypoint, and the keypoint's scale.
    """
    index = tf.where(keypoints.visible)
    points = tf.gather_nd(keypoints.points, index)
    within = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2)
    first = tf.cast(tf.math.ceil(points - side / 2), tf.int32)
    cell = tf.reshape(first[:, None] + within.astype(np.int32), (-1, 2))

    def each(values: tf.Tensor) -> tf.Tensor:
        return tf.repeat(values, side * side, axis=0)

    vector = each(points) - tf.cast(cell, tf.float32)
    scale = each(tf.gather_nd(keypoints.scales, index))
    channel = each(tf.cast(index[:, 1], tf.int32))
    values = tf.concat([vector, scale[:, None]], -1)
    return Claims(cell, channel, tf.norm(vector, axis=-1), values)


def association_claims(keypoints: Keypoints, limbs: Limbs, size: Size, width: float) -> Claims:
    """Let every limb both ends of which are there claim the cells along it.

    Args:
        size: width and height of the map.
        width: how far from the line between its ends a limb reaches.

    Returns:
        values: the vectors from the cell's centre to the first and to the second end, and the
        scales of these.
    """
    ends, scales, limb = _present(keypoints, limbs)
    which, cell = _cells_around(tf.reduce_min(ends, 1), tf.reduce_max(ends, 1), size, width)
    vectors = tf.gather(ends, which) - cell[:, None]
    to_first, way = vectors[:, 0], vectors[:, 1] - vectors[:, 0]
    along = tf.math.divide_no_nan(-_dot(to_first, way), _dot(way, way))
    distance = tf.norm(to_first + tf.clip_by_value(along, 0.0, 1.0)[:, None] * way, axis=-1)
    on = tf.where(distance <= width)[:, 0]
    values = tf.concat([tf.reshape(vectors, (-1, 4)), tf.gather(scales, which)], -1)
    claims = Claims(tf.cast(cell, tf.int32), tf.gather(limb, which), distance, values)
    return Claims(*(tf.gather(part, on) for part in claims))


def _present(keypoints: Keypoints, limbs: Limbs) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return ends `[M, 2, 2]`, scales `[M, 2]` and number `[M]` of the limbs that are there."""
    pairs = np.asarray(limbs, np.int32).reshape(-1, 2)
    index = tf.where(tf.reduce_all(tf.gather(keypoints.visible, pairs, axis=1), -1))
    ends, scales = (tf.gather(v, pairs, axis=1) for v in (keypoints.points, keypoints.scales))
    return tf.gather_nd(ends, index), tf.gather_nd(scales, index), tf.cast(index[:, 1], tf.int32)


def _cells_around(
    low: tf.Tensor, high: tf.Tensor, size: Size, margin: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """List the cells of the map in boxes.

    Args:
        low, high: `[M, 2]`, the boxes' corners.
        margin: by which they are larger.

    Returns:
        `[T]` int32, the box that each is in, and `[T, 2]` float32, its x and y.
    """
    last = np.asarray(size, np.float32) - 1.0
    low = tf.clip_by_value(tf.math.ceil(low - margin), 0.0, last)
    high = tf.clip_by_value(tf.math.floor(high + margin), 0.0, last)
    extent = tf.cast(high - low, tf.int32) + 1
    area = extent[:, 0] * extent[:, 1]
    box = tf.repeat(tf.range(tf.size(area)), area)
    within = tf.range(tf.size(box)) - tf.gather(tf.cumsum(area, exclusive=True), box)
    columns = tf.gather(extent[:, 0], box)
    offset = tf.stack([within % columns, within // columns], -1)
    return box, tf.gather(low, box) + tf.cast(offset, tf.float32)


def _dot(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(a * b, -1)
