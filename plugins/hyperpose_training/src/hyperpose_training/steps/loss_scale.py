"""The scale of the loss for float16, which moves small gradients into its range."""

from __future__ import annotations

import tensorflow as tf

FIRST_SCALE = 2.0**15
GROWTH_STEPS = 2000


class LossScale:
    """The factor on a float16 loss, which keeps small gradients above zero.

    It is halved, and the step left out, when a gradient overflows, and doubled after 2000 steps
    without that (Micikevicius et al., arXiv 1710.03740).
    """

    def __init__(self) -> None:
        self.scale = tf.Variable(FIRST_SCALE, trainable=False)
        self.good_steps = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.variables = {"scale": self.scale, "good_steps": self.good_steps}

    def update(self, good: tf.Tensor) -> None:
        """Count a step; for use inside a traced function.

        Args:
            good: bool scalar: whether no gradient overflowed.
        """
        count = tf.where(good, self.good_steps + 1, tf.zeros_like(self.good_steps))
        grown = count >= GROWTH_STEPS
        bigger = tf.where(grown, 2 * self.scale, self.scale)
        self.scale.assign(tf.where(good, bigger, tf.maximum(self.scale / 2, 1.0)))
        self.good_steps.assign(tf.where(grown, tf.zeros_like(count), count))
