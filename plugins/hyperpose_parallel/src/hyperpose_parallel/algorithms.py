"""The algorithms: what workers exchange in every step. Each is one function over any engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tensorflow as tf

from hyperpose_parallel.contracts import CollectiveEngine
from hyperpose_training.steps.exchange import fused, parted

Update = Callable[[Sequence[tf.Tensor]], None]
Algorithm = Callable[
    [CollectiveEngine, Sequence[tf.Variable], Sequence[tf.Tensor], Update, tf.Tensor], None
]
OWN_SHARE = 0.9
"""What a step of `sync_avg` keeps of the worker's own weights."""


def sync_sgd(
    engine: CollectiveEngine,
    variables: Sequence[tf.Variable],
    gradients: Sequence[tf.Tensor],
    update: Update,
    step: tf.Tensor,
) -> None:
    """Update with the mean of all gradients: the replicas stay equal."""
    del variables, step
    update(parted(engine.mean(fused(gradients)), gradients))


def sync_avg(
    engine: CollectiveEngine,
    variables: Sequence[tf.Variable],
    gradients: Sequence[tf.Tensor],
    update: Update,
    step: tf.Tensor,
) -> None:
    """Move the weights towards the mean of all, then update with the worker's own gradients.

    Synchronous model averaging (Li et al., arXiv 1410.4210, with the factor of KungFu's SMA).
    """
    del step
    own = fused(variables)
    _assign(variables, OWN_SHARE * own + (1 - OWN_SHARE) * engine.mean(own))
    update(gradients)


def pair_avg(
    engine: CollectiveEngine,
    variables: Sequence[tf.Variable],
    gradients: Sequence[tf.Tensor],
    update: Update,
    step: tf.Tensor,
) -> None:
    """Take the mean with one other worker, then update with the worker's own gradients.

    AD-PSGD (Lian et al., arXiv 1710.06952), with partners drawn for all workers at once: every
    step has another random matching, so that a run can be repeated.
    """
    other = partner(engine.rank, engine.size, step)
    _assign(variables, engine.pair_mean(fused(variables), other))
    update(gradients)


def partner(rank: int, size: int, step: tf.Tensor) -> tf.Tensor:
    """Return with which worker one is paired in a step; itself, where one is left over.

    Args:
        step: int64 scalar; the only thing that the matching depends on, so all workers agree.
    """
    order = tf.random.experimental.stateless_shuffle(tf.range(size), seed=tf.stack([step, 0]))
    place = tf.cast(tf.argmax(tf.equal(order, rank)), tf.int32)
    beside = tf.bitwise.bitwise_xor(place, 1)
    return tf.gather(order, tf.where(beside < size, beside, place))


ALGORITHMS: dict[str, Algorithm] = {
    "Sync_sgd": sync_sgd,
    "Sync_avg": sync_avg,
    "Pair_avg": pair_avg,
}


def _assign(variables: Sequence[tf.Variable], vector: tf.Tensor) -> None:
    for variable, value in zip(variables, parted(vector, variables), strict=True):
        variable.assign(value)
