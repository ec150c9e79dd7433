"""What one of several workers of a strategy finds; see `workers`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from hyperpose_core.config import from_dict
from hyperpose_core.contracts import Strategy
from hyperpose_core.plugins import discover
from hyperpose_core.registry import Registry

RATE, STEPS = 0.1, 4
BEGIN = (0.5, -0.5)
_random = np.random.default_rng(8)
INPUTS = _random.normal(size=(8, 2)).astype(np.float32)
WANTED = INPUTS @ np.array([1.0, 2.0], np.float32) + _random.normal(size=8).astype(np.float32)
"""A batch, of which each worker has every `size`-th row: what two learn of it, one would."""


def found(strategy: Strategy) -> dict[str, Any]:
    """Call every method, in the same order on all workers, and return what they gave."""
    rank = int(strategy.rank)
    number, step = tf.Variable([1.0 + rank, 2.0]), tf.Variable(5 + rank, dtype=tf.int64)
    strategy.broadcast([number, step])
    begun = [*number.numpy().tolist(), int(step.numpy())]
    mean = tf.function(strategy.mean)(tf.constant([float(rank), 10.0 * rank]))
    number.assign([4.0 * rank, 1.0])
    strategy.average([number])
    data = [given.decode() for given in strategy.gather(b"x" * (rank + 1))]
    return {
        "rank": rank,
        "size": int(strategy.size),
        "begun": begun,
        "mean": mean.numpy().tolist(),
        "average": number.numpy().tolist(),
        "gathered": data,
        "differ": bool(strategy.replicas_differ),
        "learnt": learnt(strategy),
    }


def learnt(strategy: Strategy) -> list[float]:
    """Return the weights after some steps, each worker on its part of the batch."""
    weights = tf.Variable(BEGIN)
    inputs, wanted = (rows[strategy.rank :: strategy.size] for rows in (INPUTS, WANTED))

    def update(gradients: Any) -> None:
        weights.assign_sub(RATE * gradients[0])

    @tf.function
    def train(step: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((tf.linalg.matvec(inputs, weights) - wanted) ** 2)
        strategy.apply([weights], tape.gradient(loss, [weights]), update, step)

    for step in range(STEPS):
        train(tf.constant(step, tf.int64))
    if strategy.replicas_differ:
        strategy.merge({"weights": weights})  # type: ignore[attr-defined]
    result: list[float] = weights.numpy().tolist()
    return result


def expected() -> list[float]:
    """Return the weights that one worker learns of the whole batch."""
    weights = np.array(BEGIN)
    for _ in range(STEPS):
        weights -= RATE * 2 * INPUTS.T @ (INPUTS @ weights - WANTED) / len(INPUTS)
    learnt: list[float] = weights.tolist()
    return learnt


def main(name: str, config: str, target: str) -> None:
    """Start the strategy, before anything else, and write what was found."""
    train = from_dict(json.loads(Path(config).read_text())).train
    strategy = Registry(discover()).load("train_strategy", name)(train)
    Path(target).write_text(json.dumps(found(strategy)))


if __name__ == "__main__":
    main(*sys.argv[1:])
