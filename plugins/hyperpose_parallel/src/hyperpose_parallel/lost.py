"""Lost workers: the error of a collective operation as one sentence that names who is gone."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator

from hyperpose_core.contracts import Strategy
from hyperpose_core.errors import HyperposeError
from hyperpose_parallel.cluster import Cluster

# The first worker that the message names is the one that did not answer; further ones passed it on.
_TASK = re.compile(r"remote target /job:worker/replica:\d+/task:(\d+)")


class WorkerLostError(HyperposeError):
    """Another worker of this training has ended."""


@contextlib.contextmanager
def naming_lost_workers(strategy: Strategy, advice: str) -> Iterator[None]:
    """Turn the error of an exchange with a worker that is gone into a sentence with its rank.

    Args:
        advice: how to go on.

    Raises:
        WorkerLostError: instead of TensorFlow's error.
    """
    if strategy.size == 1:
        yield
        return
    import tensorflow as tf

    lost = (
        *(tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError),
        *(tf.errors.DeadlineExceededError, tf.errors.InternalError, tf.errors.UnknownError),
    )
    try:
        yield
    except lost as error:
        gone = _gone(error.message)
        if not gone and not isinstance(error, tf.errors.UnavailableError):
            raise
        who = " and ".join(f"worker {rank}" for rank in gone) or "another worker"
        raise WorkerLostError(
            f"{who} of the {strategy.size} workers has ended, so worker {strategy.rank} stops too; "
            f"{advice}"
        ) from error


def _gone(message: str) -> list[int]:
    """Return the rank that a message names, else those at whose addresses nobody answers."""
    found = _TASK.search(message)
    if found:
        return [int(found[1])]
    cluster = Cluster.from_environment()
    others = [rank for rank in range(len(cluster.peers)) if rank != cluster.rank]
    return [rank for rank in others if not _answers(cluster.peers[rank])]


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=2):
            return True
    except (OSError, ValueError):
        return False
