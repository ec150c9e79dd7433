"""The engine that pip alone brings: TensorFlow's own collective operations."""

from __future__ import annotations

import itertools

import tensorflow as tf

from hyperpose_core.errors import InputError
from hyperpose_parallel.cluster import Cluster

_GROUP_CPU, _GROUP_DEVICE, _GROUP_PAIRS = 10, 11, 1000
_FIRST_HOST_KEY = 1 << 20


class TensorflowEngine:
    """Workers that exchange vectors by `CollectiveReduceV2` and `CollectiveGatherV2`.

    `MultiWorkerMirroredStrategy` is made for its side effect: it starts the collective runtime,
    which waits until every worker is there. The variables stay ordinary ones. Every call site has
    an instance key of its own; all workers trace the same functions in the same order, so the keys
    agree. A token orders the operations of a device, without which two workers could run them in
    different orders and wait for each other.

    Raises:
        InputError: TensorFlow's runtime runs already, or a worker's address cannot be used.
    """

    name = "tensorflow"

    def __init__(self, cluster: Cluster) -> None:
        self.rank, self.size = cluster.rank, cluster.size
        self._runtime = _start(cluster)
        devices = tf.config.list_logical_devices("GPU")
        self._device, self._group = ("GPU:0", _GROUP_DEVICE) if devices else ("CPU:0", _GROUP_CPU)
        self._token = _token(self._device)
        self._host_token = _token("CPU:0") if devices else self._token
        self._keys = itertools.count(1)
        vector, key = tf.TensorSpec([None], tf.int32), tf.TensorSpec([], tf.int32)
        self._traced_gather = tf.function(self._gather, input_signature=[vector, key])
        self._traced_sum = tf.function(self._sum, input_signature=[vector, key])

    def mean(self, vector: tf.Tensor) -> tf.Tensor:
        """Return the mean of a float32 vector over the workers; for use in a traced function."""
        with tf.device(self._device):
            return _reduce(
                vector, self.size, self._group, next(self._keys), self._token, final="Div"
            )

    def pair_mean(self, vector: tf.Tensor, partner: tf.Tensor) -> tf.Tensor:
        """Return the mean of this worker's vector and its partner's; for a traced function."""
        key = next(self._keys)
        low, high = tf.minimum(partner, self.rank), tf.maximum(partner, self.rank)
        group = _GROUP_PAIRS + low * self.size + high

        def exchanged() -> tf.Tensor:
            with tf.device("CPU:0"):
                return _reduce(vector, 2, group, key, self._host_token, final="Div")

        return tf.cond(tf.equal(partner, self.rank), lambda: vector, exchanged)

    def broadcast(self, vector: tf.Tensor) -> tf.Tensor:
        """Return worker 0's int32 vector; all workers give one of the same length."""
        own = vector if self.rank == 0 else tf.zeros_like(vector)
        return self._traced_sum(own, _host_key(vector, 0))

    def gather(self, vector: tf.Tensor) -> tf.Tensor:
        """Return the int32 vectors of all workers, `[size, L]`; all have the same length L."""
        gathered = self._traced_gather(vector, _host_key(vector, 1))
        return tf.reshape(gathered, [self.size, -1])

    def _gather(self, vector: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
        with tf.device("CPU:0"):
            return tf.raw_ops.CollectiveGatherV2(
                input=vector,
                group_size=self.size,
                group_key=_GROUP_CPU,
                instance_key=key,
                ordering_token=[self._host_token.handle],
            )

    def _sum(self, vector: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
        with tf.device("CPU:0"):
            return _reduce(vector, self.size, _GROUP_CPU, key, self._host_token, final="Id")


def _start(cluster: Cluster) -> object:
    spec = tf.train.ClusterSpec({"worker": list(cluster.peers)})
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        spec, task_type="worker", task_id=cluster.rank, rpc_layer="grpc"
    )
    try:
        return tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=resolver)
    except RuntimeError as error:
        raise InputError(
            "TensorFlow runs already, so the workers cannot be joined any more: a script calls "
            "Model.get_model before anything uses TensorFlow, also before `import tensorlayer`"
        ) from error
    except (tf.errors.OpError, ValueError) as error:
        raise InputError(
            f"worker {cluster.rank} cannot join the others at {', '.join(cluster.peers)}: {error}"
        ) from error


def _token(device: str) -> tf.Variable:
    with tf.device(device):
        return tf.Variable(0.0, trainable=False)


def _host_key(vector: tf.Tensor, kind: int) -> tf.Tensor:
    """Return an instance key for a kind of operation and a length, which TensorFlow remembers."""
    return tf.constant(_FIRST_HOST_KEY + 2 * int(vector.shape[0]) + kind, tf.int32)


def _reduce(
    vector: tf.Tensor, size: int, group: object, key: object, token: tf.Variable, final: str
) -> tf.Tensor:
    return tf.raw_ops.CollectiveReduceV2(
        input=vector,
        group_size=size,
        group_key=group,
        instance_key=key,
        ordering_token=[token.handle],
        merge_op="Add",
        final_op=final,
    )
