"""Gradient reversal: forward nothing happens, backward the gradient changes its sign."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

STEEPNESS = 10.0
"""How fast the strength grows at the beginning of a training; the paper's gamma."""


def reverse_gradient(x: tf.Tensor, strength: tf.Tensor | float) -> tf.Tensor:
    """Return a tensor as it is, whose gradient is multiplied by minus `strength` on its way back
    (Ganin et al., arXiv 1505.07818, equations 16 and 17).
    """

    @tf.custom_gradient
    def reversed_(value: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        return tf.identity(value), lambda upstream: -tf.cast(strength, upstream.dtype) * upstream

    return reversed_(x)


def grown(progress: tf.Tensor) -> tf.Tensor:
    """Return the part of its strength that the reversal has: 0 at the beginning, almost 1 at the
    end (the paper's section 5.2.2), so that a discriminator that knows nothing yet does no harm.

    Args:
        progress: float32 from 0 to 1.
    """
    return 2 / (1 + tf.exp(-STEEPNESS * progress)) - 1
