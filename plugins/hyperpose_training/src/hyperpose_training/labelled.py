"""Labelled: keeping what a dataset does not annotate out of the loss, channel by channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf


def keypoint_channels(labelled: tf.Tensor) -> tf.Tensor:
    """Return `[1, 1, K]` float32 from `[K]` bool: 1 for what the image's dataset annotates.

    Of rank 3, so that a batch of them has the layout of maps and is transposed with them.
    """
    return tf.cast(labelled, tf.float32)[tf.newaxis, tf.newaxis]


def limb_channels(
    labelled: tf.Tensor, limbs: Sequence[tuple[int, int]], inner: int = 1, outer: int = 1
) -> tf.Tensor:
    """Return `[1, 1, outer L inner]` float32: 1 for limbs both ends of which are annotated.

    Args:
        labelled: `[K]` bool.
        limbs: L pairs of keypoints.
        inner: channels a limb that follow one another, 2 for x and y.
        outer: how often the row of all limbs is repeated.
    """
    ends = tf.reshape(tf.constant(limbs, tf.int32), (len(limbs), 2))
    both = tf.reduce_all(tf.gather(labelled, ends), axis=-1)
    return keypoint_channels(tf.tile(tf.repeat(both, inner), [outer]))


def known_part(predicted: Any, target: tf.Tensor, labelled: tf.Tensor) -> tf.Tensor:
    """Return predicted maps whose unlabelled channels hold the target instead.

    There every loss of the difference is 0, and so is its gradient, exactly: a model's `cal_loss`,
    also a user's own, needs to know nothing of it. Labelled channels keep their bits.

    Args:
        predicted: `[N, h, w, C]` (`[N, C, h, w]` in channels_first).
        target: of the same layout.
        labelled: `[N, 1, 1, C]` (`[N, C, 1, 1]`), 1 or 0.
    """
    return tf.where(labelled > 0, tf.cast(predicted, target.dtype), target)
