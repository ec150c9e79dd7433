"""Contracts: what moves numbers between the workers of `Parallel_train`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hyperpose_parallel.cluster import Cluster

if TYPE_CHECKING:
    import tensorflow as tf


class CollectiveEngine(Protocol):
    """What moves numbers between workers. Every worker calls the same methods in the same order.

    `mean` and `pair_mean` are for use inside a traced function, the others outside.
    """

    name: str
    rank: int
    size: int

    def mean(self, vector: tf.Tensor) -> tf.Tensor:
        """Return the mean of the workers' float32 vectors, the same bits on all."""
        ...

    def pair_mean(self, vector: tf.Tensor, partner: tf.Tensor) -> tf.Tensor:
        """Return the mean of the float32 vectors of this worker and of a partner.

        Args:
            partner: int32 scalar, a rank; the partner gives this one's. A worker's own rank: it
                sits out, and gets its own vector back.
        """
        ...

    def broadcast(self, vector: tf.Tensor) -> tf.Tensor:
        """Return worker 0's int32 vector; the others give one of the same length."""
        ...

    def gather(self, vector: tf.Tensor) -> tf.Tensor:
        """Return the workers' int32 vectors of one length L, by rank: `[size, L]`."""
        ...


class EngineFactory(Protocol):
    """Starts an engine; PluginError where what it needs is not installed: its sentence is shown,
    and TensorFlow's collectives are used instead.
    """

    def __call__(self, cluster: Cluster) -> CollectiveEngine:
        """Start it for the workers of a cluster."""
        ...
