"""Arrays made to fit: batch normalisation that does nothing, and what one layer does in another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def neutral_norm(norm: str, beta: Array) -> dict[str, Array]:
    """Return the arrays of a batch normalisation that only adds beta.

    Args:
        norm: its name in the model.
        beta: `[C]`.
    """
    from hyperpose_core.layers import EPSILON

    ones, zeros = np.ones_like(beta), np.zeros_like(beta)
    return {
        f"{norm}/gamma": ones,
        f"{norm}/beta": beta,
        f"{norm}/moving_mean": zeros,
        f"{norm}/moving_var": ones - EPSILON,
    }


def sum_of_inputs(kernel: Array, value: Array | float) -> Array:
    """Return what a convolution gives, `[O]`, where its input is the same everywhere.

    Args:
        kernel: `[h, w, I, O]`.
        value: the input, `[I]` or one number.
    """
    inputs = np.broadcast_to(np.asarray(value, kernel.dtype), kernel.shape[2:3])
    return np.asarray(np.einsum("hwio,i->o", kernel, inputs))


def regrouped(array: Array, axis: int, sizes: Sequence[int], order: Sequence[int]) -> Array:
    """Return an array whose channels come in groups, with the groups in another order.

    Args:
        axis: of the channels.
        sizes: how many channels each group has, as they come.
        order: which group comes first, second and so on.
    """
    ends = np.cumsum(sizes)[:-1]
    groups = np.split(array, ends, axis)
    return np.concatenate([groups[number] for number in order], axis)
