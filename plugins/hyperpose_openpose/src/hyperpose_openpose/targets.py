"""Targets in TensorFlow ops: confidence maps and part affinity fields of one image.

Lengths and positions here are in cells of the maps, the centre of the upper left cell at (0, 0).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

MapSize = tuple[int, int]


def confidence_maps(
    points: tf.Tensor, visible: tf.Tensor, size: MapSize, sigma: float
) -> tf.Tensor:
    """Make a Gaussian around every keypoint; where people overlap the larger counts.

    Cao et al., arXiv 1611.08050, equations 6 and 7.

    Args:
        points: `[P, K, 2]` float32.
        visible: `[P, K]` bool; the others are absent.
        size: width and height of the maps.

    Returns:
        `[h, w, K + 1]` float32; the last is the background, 1 minus the largest of the others.
    """
    width, height = size
    x = _bell(points[..., 0, None], width, sigma) * tf.cast(visible, tf.float32)[..., None]
    y = _bell(points[..., 1, None], height, sigma)
    # No person at all: the maximum over nobody is minus infinity.
    maps = tf.maximum(tf.reduce_max(y[..., :, None] * x[..., None, :], axis=0), 0.0)
    maps = tf.transpose(maps, (1, 2, 0))
    background = 1.0 - tf.reduce_max(maps, axis=-1, keepdims=True)
    return tf.ensure_shape(tf.concat([maps, background], -1), (height, width, None))


def _bell(centre: tf.Tensor, cells: int, sigma: float) -> tf.Tensor:
    return tf.exp(tf.square(np.arange(cells, dtype=np.float32) - centre) * (-0.5 / sigma**2))


def affinity_fields(
    points: tf.Tensor,
    visible: tf.Tensor,
    limbs: Sequence[tuple[int, int]],
    size: MapSize,
    limb_width: float,
) -> tf.Tensor:
    """Make a field of unit vectors along every limb, averaged over the people that share a cell.

    Cao et al., arXiv 1611.08050, equations 8 and 9, with round ends: a cell is on a limb when its
    centre is within `limb_width` of the segment between the two keypoints, so that a limb shorter
    than a cell leaves a trace too. Only the cells around each limb are computed.

    Args:
        points: `[P, K, 2]` float32.
        visible: `[P, K]` bool; limbs with an end that is not are absent.
        limbs: L pairs of keypoints.
        size: width and height of the maps.

    Returns:
        `[h, w, 2 L]` float32, x and y of each limb in turn.
    """
    (width, height), count = size, len(limbs)
    if not count:
        return tf.zeros((height, width, 0))
    start, end, limb = _present(points, visible, limbs)
    step = end - start
    length = tf.norm(step, axis=-1, keepdims=True)
    pair, cell = _cells_around(start, end, size, limb_width)
    table = tf.gather(tf.concat([start, step / length, length], -1), pair)
    away = cell - table[:, :2]
    unit = table[:, 2:4]
    along = tf.clip_by_value(tf.reduce_sum(away * unit, -1), 0.0, table[:, 4])
    distance = tf.reduce_sum(tf.square(away - along[:, None] * unit), -1)
    on = tf.cast(distance <= limb_width**2, tf.float32)
    column, row = tf.unstack(tf.cast(cell, tf.int32), axis=-1)
    index = (row * width + column) * count + tf.gather(limb, pair)
    total = height * width * count
    sharing = tf.gather(tf.math.unsorted_segment_sum(on, index, total), index)
    share = (on / tf.maximum(sharing, 1.0))[:, None]
    fields = tf.math.unsorted_segment_sum(unit * share, index, total)
    return tf.reshape(fields, (height, width, 2 * count))


def _present(
    points: tf.Tensor, visible: tf.Tensor, limbs: Sequence[tuple[int, int]]
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return start and end `[M, 2]` and number `[M]` of the limbs that are there."""
    first, second = np.asarray(limbs, np.int32).T
    start, end = tf.gather(points, first, axis=1), tf.gather(points, second, axis=1)
    there = tf.gather(visible, first, axis=1) & tf.gather(visible, second, axis=1)
    # Between two keypoints in one place there is no direction.
    there &= tf.reduce_any(tf.abs(end - start) > 1e-4, axis=-1)
    index = tf.where(there)
    limb = tf.cast(index[:, 1], tf.int32)
    return tf.gather_nd(start, index), tf.gather_nd(end, index), limb


def _cells_around(
    start: tf.Tensor, end: tf.Tensor, size: MapSize, margin: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """List the cells of the box around every limb.

    Returns:
        `[T]` int32, the limb that each is around, and `[T, 2]` float32, its x and y.
    """
    last = np.asarray(size, np.float32) - 1.0
    low = tf.clip_by_value(tf.math.ceil(tf.minimum(start, end) - margin), 0.0, last)
    high = tf.clip_by_value(tf.math.floor(tf.maximum(start, end) + margin), 0.0, last)
    extent = tf.cast(high - low, tf.int32) + 1
    area = extent[:, 0] * extent[:, 1]
    pair = tf.repeat(tf.range(tf.size(area)), area)
    within = tf.range(tf.size(pair)) - tf.gather(tf.cumsum(area, exclusive=True), pair)
    columns = tf.gather(extent[:, 0], pair)
    offset = tf.stack([within % columns, within // columns], -1)
    return pair, tf.gather(low, pair) + tf.cast(offset, tf.float32)
