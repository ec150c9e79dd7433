"""Claims: of all keypoints and limbs that want a cell of a map, the nearest has it."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from hyperpose_core.contracts import Size


class Claims(NamedTuple):
    """N times a cell that something wants to be described in."""

    cell: tf.Tensor
    """`[N, 2]` int32, column and row; cells beyond the map are dropped."""
    channel: tf.Tensor
    """`[N]` int32."""
    distance: tf.Tensor
    """`[N]` float32: the nearest wins, of equally near ones the last."""
    values: tf.Tensor
    """`[N, V]` float32, what the cell says then."""


def settle(claims: Claims, size: Size, channels: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Give every cell of every channel to the nearest that claims it.

    Args:
        size: width and height of the maps.

    Returns:
        `[h, w, C]`, 1 where somebody has the cell, else 0; and `[h, w, C, V]`, the values there,
        else 0; float32.
    """
    (width, height), total = size, size[0] * size[1] * channels
    column, row = tf.unstack(claims.cell, axis=-1)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    # Negative segments are dropped.
    place = tf.where(inside, (row * width + column) * channels + claims.channel, -1)
    nearest = tf.math.unsorted_segment_min(claims.distance, place, total)
    wins = inside & (claims.distance <= tf.gather(nearest, tf.maximum(place, 0)))
    number = tf.range(tf.size(place))
    winner = tf.math.unsorted_segment_max(number, tf.where(wins, place, -1), total)
    there = tf.cast(winner >= 0, tf.float32)
    # One claim more, which says nothing, so that there is one to look up.
    values = tf.gather(tf.pad(claims.values, ((0, 1), (0, 0))), tf.maximum(winner, 0))
    shape = (height, width, channels)
    values = tf.reshape(values * there[:, None], (*shape, claims.values.shape[-1]))
    return tf.reshape(there, shape), values
