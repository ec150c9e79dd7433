"""`Parallel_train`: an algorithm over an engine, as a strategy of the training loop."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import numpy as np
import tensorflow as tf

from hyperpose_core.build.strategy import SingleTrain
from hyperpose_core.config import TrainConfig
from hyperpose_core.contracts import Strategy
from hyperpose_core.contracts.training import Stacks
from hyperpose_core.errors import HyperposeError, PluginError
from hyperpose_core.registry import get_registry
from hyperpose_core.support.messages import Messages
from hyperpose_parallel import replicas
from hyperpose_parallel.algorithms import ALGORITHMS
from hyperpose_parallel.cluster import Cluster
from hyperpose_parallel.contracts import CollectiveEngine
from hyperpose_parallel.fused import from_bytes, to_bytes
from hyperpose_parallel.lost import naming_lost_workers
from hyperpose_parallel.replicas import Variables
from hyperpose_training.steps.exchange import fused, parted

ENGINE, KUNGFU, AUTO = "tensorflow", "kungfu", "auto"


class ParallelTrain:
    """Several workers; see `contracts.Strategy`.

    Args:
        option: a name of `ALGORITHMS`.
    """

    def __init__(self, engine: CollectiveEngine, option: str) -> None:
        self.engine, self.option = engine, option
        self.rank, self.size = engine.rank, engine.size
        self.replicas_differ = option != "Sync_sgd"
        self.summary = f"{option} over {engine.name}"
        self._traced_mean = tf.function(engine.mean)

    def broadcast(self, variables: Sequence[tf.Variable]) -> None:
        """Give every worker the values of worker 0, to the bit.

        Raises:
            HyperposeError: the workers do not have the same variables.
        """
        data, shapes = to_bytes(variables), _digest(_shapes(variables))
        others = [rank for rank, theirs in enumerate(self.gather(shapes)) if theirs != shapes]
        if others:
            raise HyperposeError(
                f"worker {others[0]} has another model or optimizer than worker {self.rank}: start "
                f"all workers with the same settings"
            )
        received = self.engine.broadcast(_pack(data, len(data)))
        from_bytes(_unpack(received, len(data)), variables)

    def average(self, variables: Sequence[tf.Variable]) -> None:
        """Set variables to their mean over the workers; what is equal stays so, to the bit."""
        if len(set(self.gather(_digest(to_bytes(variables))))) == 1:
            return
        means = parted(self.mean(fused(variables)), variables)
        for variable, mean in zip(variables, means, strict=True):
            variable.assign(mean)

    def mean(self, value: tf.Tensor) -> tf.Tensor:
        """Return the mean of a float32 tensor over the workers, inside a traced step or not."""
        mean = self._traced_mean if tf.executing_eagerly() else self.engine.mean
        return tf.reshape(mean(tf.reshape(value, [-1])), tf.shape(value))

    def gather(self, data: bytes) -> list[bytes]:
        """Return what every worker gave, by rank, on every worker; also a barrier."""
        lengths = self.engine.gather(tf.constant([len(data)], tf.int32)).numpy()[:, 0]
        longest = int(lengths.max())
        if longest == 0:
            return [b""] * self.size
        vectors = self.engine.gather(_pack(data, longest))
        return [_unpack(vectors[rank], int(length)) for rank, length in enumerate(lengths)]

    def apply(
        self,
        variables: Sequence[tf.Variable],
        gradients: Sequence[tf.Tensor],
        update: Callable[[Sequence[tf.Tensor]], None],
        step: tf.Tensor,
    ) -> None:
        """Exchange as the algorithm does, and update."""
        ALGORITHMS[self.option](self.engine, variables, gradients, update, step)

    def merged(self, variables: Variables) -> AbstractContextManager[Stacks]:
        """Let variables be the replicas' means inside; see `contracts.training.Replicas`."""
        return replicas.merged(self, variables)

    def merge(self, variables: Variables) -> None:
        """Set variables to the replicas' means for good."""
        replicas.merge(self, variables)

    def spread(self, stacks: Stacks, variables: Variables) -> None:
        """Give every worker its replica again."""
        replicas.spread(self, stacks, variables)

    def naming_lost(self, advice: str) -> AbstractContextManager[None]:
        """Turn the error of an exchange with a worker that is gone into a sentence."""
        return naming_lost_workers(self, advice)


class Alone(SingleTrain):
    """One worker where several may have been meant."""

    summary = (
        "Parallel_train with one worker; for more: hyperpose launch -np N train ..., "
        "kungfu-run -np N python SCRIPT, or TF_CONFIG"
    )


def parallel_train(config: TrainConfig) -> Strategy:
    """Join the workers that the environment names; alone, return what `Single_train` is.

    Raises:
        InputError: the environment cannot be understood, or TensorFlow runs already.
        UnknownComponentError: no plugin offers `train.engine`.
    """
    cluster = Cluster.from_environment()
    if cluster.size == 1:
        return Alone(config)
    return ParallelTrain(_engine(config.engine, cluster), config.kungfu_option)


@functools.cache
def _engine(name: str, cluster: Cluster) -> CollectiveEngine:
    """Start an engine, once in a process; TensorFlow's, where what another needs is not there."""
    registry = get_registry()
    if name == AUTO:
        name = ENGINE
        if cluster.started_by == "kungfu-run" and KUNGFU in registry.names("collective_engine"):
            name = KUNGFU
    spec = registry.get("collective_engine", name)
    try:
        engine: CollectiveEngine = registry.load("collective_engine", name)(cluster)
    except PluginError as error:
        if spec.name == ENGINE:
            raise
        if cluster.rank == 0:
            Messages().say(f"{error}; TensorFlow's own collectives are used instead")
        engine = registry.load("collective_engine", ENGINE)(cluster)
    return engine


def _shapes(variables: Sequence[tf.Variable]) -> bytes:
    return repr([(tuple(v.shape), v.dtype.name) for v in variables]).encode()


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _pack(data: bytes, length: int) -> tf.Tensor:
    """Return bytes, filled up to a length, as an int32 vector."""
    return tf.constant(np.frombuffer(data.ljust(-(-length // 4) * 4, b"\0"), np.int32))


def _unpack(vector: tf.Tensor, length: int) -> bytes:
    return vector.numpy().astype(np.int32).tobytes()[:length]
