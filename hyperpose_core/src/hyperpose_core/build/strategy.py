"""The train strategy that a configuration names: how the workers of one training work together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from hyperpose_core.config import Config, TrainConfig
from hyperpose_core.contracts import Strategy
from hyperpose_core.registry import Registry, get_registry

if TYPE_CHECKING:
    import tensorflow as tf

KIND = "train_strategy"
_started: dict[tuple[str, str, str], Strategy] = {}


class SingleTrain:
    """One worker, which has nobody to exchange anything with."""

    rank = 0
    size = 1
    replicas_differ = False

    def __init__(self, config: TrainConfig) -> None:
        del config

    def broadcast(self, variables: Sequence[tf.Variable]) -> None:
        """Do nothing: there is one worker."""

    def average(self, variables: Sequence[tf.Variable]) -> None:
        """Do nothing: there is one worker."""

    def mean(self, value: tf.Tensor) -> tf.Tensor:
        """Return the worker's own value."""
        return value

    def gather(self, data: bytes) -> list[bytes]:
        """Return the worker's own data."""
        return [data]

    def apply(
        self,
        variables: Sequence[tf.Variable],
        gradients: Sequence[tf.Tensor],
        update: Callable[[Sequence[tf.Tensor]], None],
        step: tf.Tensor,
    ) -> None:
        """Update with the worker's own gradients."""
        update(gradients)


def start(config: Config, registry: Registry | None = None) -> Strategy:
    """Start the configured strategy, or return the one that runs in this process already.

    To be called before anything imports TensorLayer: that initialises TensorFlow's runtime, after
    which no collective can be set up.
    """
    train = config.train
    settings = (train.type, train.kungfu_option, train.engine)
    if settings not in _started:
        registry = registry or get_registry()
        _started[settings] = registry.make(KIND, train.type, train)
    return _started[settings]


def naming_lost(strategy: Strategy, advice: str) -> AbstractContextManager[None]:
    """Return a context in which the strategy says in a sentence which worker is gone.

    Args:
        advice: how to go on, the end of that sentence.
    """
    own = getattr(strategy, "naming_lost", None)
    return own(advice) if callable(own) else nullcontext()
