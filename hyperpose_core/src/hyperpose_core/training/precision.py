"""Precision: convolutions and matrix products in 16 bits, and the scale of the loss for float16.

Models stay as they are, with float32 weights: while a train step is traced, the functions of
TensorFlow that convolve and multiply matrices cast what they are given and cast back what they
return. Everything else (normalisation, activations, losses, the optimizer) computes in float32.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

FUNCTIONS: dict[Any, tuple[str, ...]] = {
    tf: ("matmul", "tensordot", "einsum"),
    tf.linalg: ("matmul", "matvec", "tensordot", "einsum"),
    tf.nn: (
        "conv1d",
        "conv2d",
        "conv3d",
        "conv1d_transpose",
        "conv2d_transpose",
        "conv3d_transpose",
        "conv_transpose",
        "convolution",
        "atrous_conv2d",
        "atrous_conv2d_transpose",
        "depthwise_conv2d",
        "separable_conv2d",
    ),
}
"""What computes in the lower precision, by the module in which models look it up."""
FIRST_SCALE = 2.0**15
GROWTH_STEPS = 2000


@contextlib.contextmanager
def computed_in(precision: str) -> Iterator[None]:
    """Trace what is inside with convolutions and matrix products in a precision.

    The functions are exchanged in TensorFlow's modules and put back at the end, also after an
    error. A model that got hold of a function earlier (`from tensorflow.nn import conv2d`) computes
    in float32.

    Args:
        precision: `float32`, which changes nothing, `bfloat16` or `float16`.
    """
    before = [(module, n, getattr(module, n)) for module, names in FUNCTIONS.items() for n in names]
    if precision == "float32":
        before = []
    try:
        for module, name, function in before:
            setattr(module, name, _cast(function, tf.as_dtype(precision)))
        yield
    finally:
        for module, name, function in before:
            setattr(module, name, function)


def _cast(function: Callable[..., Any], dtype: tf.DType) -> Callable[..., Any]:
    @functools.wraps(function)
    def in_low_precision(*args: Any, **kwargs: Any) -> Any:
        low = [_lowered(value, dtype) for value in args]
        result = function(*low, **{key: _lowered(v, dtype) for key, v in kwargs.items()})
        return tf.cast(result, tf.float32) if result.dtype == dtype else result

    return in_low_precision


def _lowered(value: Any, dtype: tf.DType) -> Any:
    is_tensor = isinstance(value, tf.Tensor | tf.Variable) and value.dtype == tf.float32
    return tf.cast(value, dtype) if is_tensor else value


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
