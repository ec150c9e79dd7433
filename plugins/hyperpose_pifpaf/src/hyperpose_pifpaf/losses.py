"""Losses of the composite fields, in channels_last; sums over the channels, means over the cells.

The paper's section 3.3, but that it sums over the cells too: then the learning rate depends on the
size of the input.
"""

from __future__ import annotations

import tensorflow as tf

SLACK = 0.01
"""Cells; the length of a vector has no derivative at 0."""


def confidence_loss(
    logits: tf.Tensor, true: tf.Tensor, mask: tf.Tensor, focal: float = 0.0
) -> tf.Tensor:
    """Binary cross-entropy, where the mask is or somebody is annotated.

    Args:
        logits, true: `[N, h, w, C]`, the true ones 0 or 1.
        mask: `[N, h, w, 1]`.
        focal: exponent of the focal loss (Lin et al., arXiv 1708.02002), which counts what is
            already right less; 0 counts all alike.
    """
    loss = tf.nn.sigmoid_cross_entropy_with_logits(true, logits)
    if focal:
        # exp(-loss) is the probability of what is true.
        loss *= tf.pow(tf.maximum(1 - tf.exp(-loss), 1e-6), focal)
    return _mean(tf.maximum(mask, true) * loss)


def vector_loss(
    vectors: tf.Tensor, true: tf.Tensor, spreads: tf.Tensor, there: tf.Tensor
) -> tf.Tensor:
    """Laplace's loss, the length of the error over the spread plus log of twice the spread.

    The network learns the spread, which says how exact a vector is: of a long limb less than of a
    short one.

    Args:
        vectors, true: `[N, h, w, 2 n C]` in cells, n vectors a channel.
        spreads: `[N, h, w, n C]` in cells, above 0.
        there: `[N, h, w, C]`, 1 where the loss counts.
    """
    error = vectors - true
    squares = tf.square(error[..., 0::2]) + tf.square(error[..., 1::2])
    length = tf.sqrt(squares + SLACK**2) - SLACK
    return _mean(each(there, spreads) * (length / spreads + tf.math.log(2 * spreads)))


def scale_loss(scales: tf.Tensor, true: tf.Tensor, there: tf.Tensor) -> tf.Tensor:
    """Absolute error of the logarithm: a large person's scale is no harder than a small one's.

    Args:
        scales, true: `[N, h, w, n C]`; the true ones 0 where nothing is.
        there: `[N, h, w, C]`.
    """
    apart = tf.abs(_log(scales) - _log(true))
    return _mean(each(there, scales) * apart)


def each(there: tf.Tensor, maps: tf.Tensor) -> tf.Tensor:
    """Repeat each channel as often as the maps have one for it."""
    return tf.repeat(there, maps.shape[-1] // max(there.shape[-1], 1), axis=-1)


def _log(scales: tf.Tensor) -> tf.Tensor:
    return tf.math.log(tf.maximum(scales, 1e-8))


def _mean(loss: tf.Tensor) -> tf.Tensor:
    """Sum over the channels, average over batch and cells."""
    return tf.reduce_mean(tf.reduce_sum(loss, -1))
