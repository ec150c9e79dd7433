"""The engine: KungFu's collective operations (Mai et al., OSDI 2020)."""

from __future__ import annotations

import importlib
from types import ModuleType

import tensorflow as tf

from hyperpose_core.errors import PluginError
from hyperpose_parallel.cluster import Cluster


class KungfuEngine:
    """Workers that exchange vectors through KungFu; see `hyperpose_core.contracts`.

    KungFu tells messages apart by the names of the operations in the graph, which agree because
    all workers trace the same functions. Its operations run on the CPU.

    Raises:
        PluginError: KungFu is not there, or did not start this process.
    """

    name = "kungfu"

    def __init__(self, cluster: Cluster) -> None:
        python, self._ops = load_kungfu()
        if cluster.started_by != "kungfu-run":
            raise PluginError(
                f"KungFu joins only workers that kungfu-run starts, and these were started by "
                f"{cluster.started_by}"
            )
        self.rank, self.size = int(python.current_rank()), int(python.current_cluster_size())
        vector = tf.TensorSpec([None], tf.int32)
        self._traced_broadcast = tf.function(self._ops.broadcast, input_signature=[vector])
        self._traced_gather = tf.function(self._ops.all_gather, input_signature=[vector])

    def mean(self, vector: tf.Tensor) -> tf.Tensor:
        """Return the mean of a float32 vector over the workers; for use in a traced function."""
        with tf.device("CPU:0"):
            return self._ops.all_reduce(vector) / self.size

    def pair_mean(self, vector: tf.Tensor, partner: tf.Tensor) -> tf.Tensor:
        """Return the mean of this worker's vector and its partner's; for a traced function.

        KungFu reduces along a forest, given by every worker's father: of a pair, the lower rank.
        """
        father = tf.minimum(partner, self.rank)
        forest = tf.where(tf.range(self.size) == self.rank, father, tf.range(self.size))
        forest = tf.where(tf.range(self.size) == partner, father, forest)

        def exchanged() -> tf.Tensor:
            with tf.device("CPU:0"):
                return self._ops.subset_all_reduce(vector, forest) / 2.0

        return tf.cond(tf.equal(partner, self.rank), lambda: vector, exchanged)

    def broadcast(self, vector: tf.Tensor) -> tf.Tensor:
        """Return worker 0's int32 vector; all workers give one of the same length."""
        with tf.device("CPU:0"):
            return self._traced_broadcast(vector)

    def gather(self, vector: tf.Tensor) -> tf.Tensor:
        """Return the int32 vectors of all workers, `[size, L]`; all have the same length L."""
        with tf.device("CPU:0"):
            return tf.reshape(self._traced_gather(vector), [self.size, -1])


def load_kungfu() -> tuple[ModuleType, ModuleType]:
    """Import KungFu's modules for Python and for TensorFlow's operations.

    Raises:
        PluginError: it is not installed, or was built for another TensorFlow.
    """
    try:
        return (
            importlib.import_module("kungfu.python"),
            importlib.import_module("kungfu.tensorflow.ops"),
        )
    except ModuleNotFoundError as error:
        raise PluginError(
            "KungFu is not installed (the package kungfu on PyPI is another one: build it from "
            "https://github.com/lsds/KungFu)"
        ) from error
    except (ImportError, OSError, TypeError, tf.errors.OpError) as error:
        text = " ".join(str(error).split())
        raise PluginError(
            f"KungFu cannot be loaded ({text}); build it anew for TensorFlow {tf.__version__}"
        ) from error
