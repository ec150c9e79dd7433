"""Precision: convolutions and matrix products in 16 bits.

Models stay as they are, with float32 weights: while a graph is traced, the functions of
TensorFlow that convolve and multiply matrices cast what they are given and cast back what they
return. Everything else (normalisation, activations, losses, the optimizer) computes in float32.
"""

from __future__ import annotations

import contextlib
import functools
import threading
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

_alone = threading.RLock()
"""Who traces in another thread would do it with the functions of this precision."""


@contextlib.contextmanager
def computed_in(precision: str) -> Iterator[None]:
    """Trace what is inside with convolutions and matrix products in a precision.

    The functions are exchanged in TensorFlow's modules and put back at the end, also after an
    error. A model that got hold of a function earlier (`from tensorflow.nn import conv2d`) computes
    in float32.

    Args:
        precision: `float32`, which changes nothing, `bfloat16` or `float16`.
    """
    with _alone:
        before = [(m, name, getattr(m, name)) for m, names in FUNCTIONS.items() for name in names]
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
