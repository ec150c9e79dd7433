"""The train strategy that a configuration names: how the workers of one training work together."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from hyperpose_core.config import Config, TrainConfig
from hyperpose_core.contracts import Strategy
from hyperpose_core.errors import InputError
from hyperpose_core.plugins.known import known_names
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.support.messages import Messages

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
        _started[settings] = registry.load(KIND, train.type)(train)
    return _started[settings]


def naming_lost(strategy: Strategy, advice: str) -> AbstractContextManager[None]:
    """Return a context in which the strategy says in a sentence which worker is gone.

    Args:
        advice: how to go on, the end of that sentence.
    """
    own = getattr(strategy, "naming_lost", None)
    return own(advice) if callable(own) else nullcontext()


def check_alone(strategy: Strategy, config: Config, registry: Registry) -> None:
    """Say how the workers train together, where the strategy has something to say.

    Several workers that would all train the same run by themselves are refused.

    Raises:
        InputError: the environment names several workers, and the strategy has one.
    """
    summary = getattr(strategy, "summary", "")
    messages = Messages(config.log.quiet or strategy.rank > 0)
    if strategy.size > 1:
        messages.say(f"{strategy.size} workers: {summary or config.train.type}")
    elif summary:
        messages.say(summary)
    elif (count := started_workers()) > 1:
        raise InputError(
            f"this is one of {count} workers, and train.type is {config.train.type}, with which "
            f"every worker would train by itself: choose {_others(config.train.type, registry)}"
        )


def started_workers(environment: Mapping[str, str] = os.environ) -> int:
    """Return how many workers `TF_CONFIG` or `kungfu-run` name; 1 where nobody is named."""
    if peers := environment.get("KUNGFU_INIT_PEERS"):
        return len(peers.split(","))
    try:
        jobs = json.loads(environment.get("TF_CONFIG", "{}"))["cluster"]
        return max(1, sum(len(jobs.get(job, ())) for job in ("chief", "worker")))
    except (ValueError, TypeError, KeyError, AttributeError):
        return 1  # what is in there is not meant for us


def _others(chosen: str, registry: Registry) -> str:
    """Name the other strategies, with what to install where there are none."""
    own = registry.get(KIND, chosen).name
    found = [name for name in registry.names(KIND) if name.rpartition("/")[2] != own]
    known = [f"{n} (`pip install {dist}`)" for n, dist in known_names(KIND).items() if n != own]
    return " or ".join(found or known)
