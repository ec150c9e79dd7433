"""Chance: seeds for several draws, a change that is made sometimes, arguments in their range."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from hyperpose_core.errors import ConfigError


def split(seed: tf.Tensor, count: int) -> list[tf.Tensor]:
    """Return several seeds made of one, `[2]` int64 each."""
    return tf.unstack(tf.random.split(seed, count))


def uniform(seed: tf.Tensor, low: float = 0.0, high: float = 1.0) -> tf.Tensor:
    """Draw one number, a float32 scalar."""
    return tf.random.stateless_uniform([], seed, low, high)


def sometimes(
    seed: tf.Tensor, probability: float, change: Callable[[], tf.Tensor], unchanged: tf.Tensor
) -> tf.Tensor:
    """Return what `change` makes, or else `unchanged`; only one of them is computed.

    Raises:
        ConfigError: the probability is none.
    """
    require(0 <= probability <= 1, f"probability is from 0 to 1; got {probability}")
    return tf.cond(uniform(seed) < probability, change, lambda: unchanged)


def require(holds: bool, text: str) -> None:
    """Raise ConfigError with a text unless something holds."""
    if not holds:
        raise ConfigError(text)
