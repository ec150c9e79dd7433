"""Variables as bytes and back, to the bit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray


def to_bytes(variables: Sequence[tf.Variable]) -> bytes:
    """Return the values of variables of any dtype, to the bit."""
    return b"".join(np.ascontiguousarray(variable.numpy()).tobytes() for variable in variables)


def from_bytes(data: bytes, variables: Sequence[tf.Variable]) -> None:
    """Set variables to what `to_bytes` gave for variables of the same shapes and dtypes."""
    for variable, values in zip(variables, arrays_of(data, variables), strict=True):
        variable.assign(values)


def arrays_of(data: bytes, variables: Sequence[tf.Variable]) -> list[NDArray[np.generic]]:
    """Return as arrays what `to_bytes` gave for variables of the same shapes and dtypes."""
    arrays: list[NDArray[np.generic]] = []
    first = 0
    for variable in variables:
        dtype = np.dtype(variable.dtype.as_numpy_dtype)
        count = int(np.prod(variable.shape))
        arrays.append(np.frombuffer(data, dtype, count, first).reshape(variable.shape))
        first += count * dtype.itemsize
    return arrays
