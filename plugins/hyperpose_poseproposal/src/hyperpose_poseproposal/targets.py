"""Targets in TensorFlow ops: who is in which cell, the boxes of the parts, and the edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hyperpose_core.contracts import Size

NOBODY = -1
_OUTSIDE = -2


class Parts(NamedTuple):
    """The parts of P people; of two that claim a cell the later person gets it."""

    points: tf.Tensor
    """`[P, K, 2]` float32, x and y in cells, the upper left corner of the map at (0, 0)."""
    sizes: tf.Tensor
    """`[P, K, 2]` float32, width and height of the box in parts of the image."""
    visible: tf.Tensor
    """`[P, K]` bool; the others are absent."""


def smaller_first(sizes: tf.Tensor) -> tf.Tensor:
    """Return the order of `[P]` sizes from small to large, of equal ones the first last."""
    count = tf.size(sizes)
    return count - 1 - tf.argsort(sizes[::-1], stable=True)


def owners(parts: Parts, size: Size) -> tf.Tensor:
    """Return the person that each cell has for each part.

    Args:
        size: width and height of the map.

    Returns:
        `[h, w, K]` int32, `NOBODY` where there is none.
    """
    (width, height), kinds = size, parts.visible.shape[1]
    column, row = tf.unstack(_cells(parts.points, size), axis=-1)
    place = (row * width + column) * kinds + np.arange(kinds)
    # Negative segments are dropped; segments of nothing hold the lowest integer.
    place = tf.where(parts.visible, place, -1)
    person = tf.broadcast_to(tf.range(tf.shape(place)[0])[:, None], tf.shape(place))
    latest = tf.math.unsorted_segment_max(person, place, height * width * kinds)
    return tf.reshape(tf.maximum(latest, NOBODY), (height, width, kinds))


def part_maps(parts: Parts, owner: tf.Tensor, size: Size) -> tuple[tf.Tensor, ...]:
    """Return `[h, w, K]` float32 maps of the parts that the cells have.

    Returns:
        1 where there is a part; x and y in parts of the cell, width and height in parts of the
        image, 0 where there is none.
    """
    within = parts.points - tf.cast(_cells(parts.points, size), tf.float32)
    # One more person, who owns nothing, so that there is somebody to look up.
    values = tf.pad(tf.concat([within, parts.sizes], -1), ((0, 1), (0, 0), (0, 0)))
    there = tf.cast(owner > NOBODY, tf.float32)
    kind = tf.broadcast_to(np.arange(owner.shape[-1], dtype=np.int32), tf.shape(owner))
    found = tf.gather_nd(values, tf.stack([tf.maximum(owner, 0), kind], -1))
    return there, *tf.unstack(found * there[..., None], axis=-1)


def edges(
    owner: tf.Tensor, limbs: Sequence[tuple[int, int]], size: Size, window: Size
) -> tuple[tf.Tensor, tf.Tensor]:
    """Find the edges from each cell to the cells of the window around it.

    Args:
        owner: what `owners` returned.
        limbs: L pairs of parts.
        size, window: width and height, of the map and of the window.

    Returns:
        `[h, w, W' H' L]` bool: both ends are parts of one person; at least one end is a part and
        the other a cell of the map. For each cell of the window, row by row, the L limbs.
    """
    (width, height), count = size, len(limbs)
    first, second = np.asarray(limbs, np.int32).reshape(-1, 2).T
    start = tf.reshape(tf.gather(owner, first, axis=-1), (height * width, 1, count))
    end = tf.reshape(tf.gather(owner, second, axis=-1), (height * width, count))
    around = tf.pad(end, ((0, 1), (0, 0)), constant_values=_OUTSIDE)
    end = tf.gather(around, _neighbours(size, window))
    exists = (start == end) & (start > NOBODY)
    counts = ((start > NOBODY) | (end > NOBODY)) & (end > _OUTSIDE)
    shape = (height, width, window[0] * window[1] * count)
    return tf.reshape(exists, shape), tf.reshape(counts, shape)


def _cells(points: tf.Tensor, size: Size) -> tf.Tensor:
    """Return column and row of the cells; points on the far border belong to the last cell."""
    last = np.asarray(size, np.float32) - 1.0
    return tf.cast(tf.clip_by_value(tf.floor(points), 0.0, last), tf.int32)


def _neighbours(size: Size, window: Size) -> np.ndarray:
    """Return `[h w, W' H']` numbers of the cells around each cell, h w for those beyond the map."""
    (width, height), (across, down) = size, window
    column = np.arange(width)[:, None] + np.arange(across) - across // 2
    row = np.arange(height)[:, None] + np.arange(down) - down // 2
    number = row[:, None, :, None] * width + column[None, :, None, :]
    inside_x = (column >= 0) & (column < width)
    inside_y = (row >= 0) & (row < height)
    inside = inside_y[:, None, :, None] & inside_x[None, :, None, :]
    return np.where(inside, number, height * width).reshape(height * width, -1).astype(np.int32)
