"""Small exchanges between workers that the training loop makes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import tensorflow as tf

from hyperpose_core.contracts import Strategy
from hyperpose_training.steps.autograph import converted

T = TypeVar("T")


def means(strategy: Strategy, tensors: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """Return the means of tensors over the workers in one exchange; for use in a traced step."""
    if strategy.size == 1:
        return list(tensors)
    return parted(converted(strategy.mean)(fused(tensors)), tensors)


def anywhere(strategy: Strategy, flag: bool) -> bool:
    """Say whether a flag is set on any worker: all get the same answer."""
    if strategy.size == 1:
        return flag
    return float(strategy.mean(tf.constant(np.float32(flag)))) > 0


def learning_rate_factor(scaling: str, strategy: Strategy) -> float:
    """Return by what `train.scale_learning_rate` multiplies the learning rate."""
    return float(strategy.size) if scaling == "linear" else 1.0


def first_on_worker_0(strategy: Strategy, make: Callable[[], T]) -> T:
    """Call a function on worker 0 and, when that is done, on the others.

    For what makes or downloads files: workers of one machine find what worker 0 made.
    """
    if strategy.rank > 0:
        strategy.gather(b"")
        return make()
    made = make()
    strategy.gather(b"")
    return made


def summed(strategy: Strategy, counts: Mapping[str, int]) -> dict[str, int]:
    """Return the sums of counts by name over the workers."""
    total: dict[str, int] = {}
    for data in strategy.gather(json.dumps(counts).encode()):
        for name, count in json.loads(data).items():
            total[name] = total.get(name, 0) + count
    return total


def fused(tensors: Sequence[tf.Tensor]) -> tf.Tensor:
    """Return all elements as one float32 vector."""
    flat = [tf.reshape(tf.cast(tf.convert_to_tensor(t), tf.float32), [-1]) for t in tensors]
    return tf.concat(flat, 0) if flat else tf.zeros([0])


def parted(vector: tf.Tensor, like: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """Return a vector's elements in the shapes and dtypes of what it was fused from."""
    if not like:
        return []
    parts = tf.split(vector, [int(np.prod(tensor.shape)) for tensor in like])
    return [
        tf.cast(tf.reshape(part, tensor.shape), tensor.dtype)
        for part, tensor in zip(parts, like, strict=True)
    ]
