"""EMA: a moving average of the weights, which is what is evaluated and saved as the model."""

from __future__ import annotations

from collections.abc import Mapping

import tensorflow as tf


class MovingAverage:
    """The average of every weight over the steps, statistics of batch normalisation included.

    A step keeps `min(decay, (1 + step) / (10 + step))` of it, so that the initial weights are soon
    forgotten (as TensorFlow's ExponentialMovingAverage does with `num_updates`).

    Args:
        weights: name to variable; they are the average's first values.
        decay: more than 0 and less than 1.
    """

    def __init__(self, weights: Mapping[str, tf.Variable], decay: float) -> None:
        self.decay = decay
        self.weights = dict(weights)
        self.averages = {
            name: tf.Variable(variable.read_value(), trainable=False)
            for name, variable in weights.items()
        }

    @tf.autograph.experimental.do_not_convert
    def update(self, step: tf.Tensor, good: tf.Tensor | bool = True) -> None:
        """Move every average towards its weight; for use inside a traced function.

        Args:
            step: number of this step, the first being 0, an int64 scalar.
            good: bool scalar; False leaves the averages as they are.
        """
        count = tf.cast(step, tf.float32)
        kept = tf.minimum(tf.constant(self.decay, tf.float32), (1 + count) / (10 + count))
        moved = tf.where(good, 1 - kept, 0.0)
        for name, average in self.averages.items():
            weight = self.weights[name]
            if average.dtype.is_floating:
                average.assign_sub(tf.cast(moved, average.dtype) * (average - weight))
            else:
                average.assign(weight)


def swap(
    weights: Mapping[str, tf.Variable], others: Mapping[str, tf.Tensor]
) -> dict[str, tf.Tensor]:
    """Give the weights other values, and return those that they had."""
    own = {name: tf.identity(variable) for name, variable in weights.items()}
    for name, variable in weights.items():
        variable.assign(others[name])
    return own
