"""Mixture: the order in which datasets with weights are seen, a function of seed and position."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from hyperpose_training.feeding.source import shuffled
from hyperpose_training.feeding.training_data import Share

BLOCK = 8400
"""Positions in which every share is exact, but for rounding: a multiple of 1 to 8 and of 100."""


class Mixture:
    """Every share has its part of each `BLOCK` positions, in random order.

    Within a share every sample comes once before one comes again, but for the order inside a block.

    Args:
        shares: with at least one sample and a weight above 0 each.
    """

    def __init__(self, shares: Sequence[Share]) -> None:
        self.sizes = [share.size for share in shares]
        self.parts = _parts([share.weight for share in shares])

    def __call__(self, counter: tf.Tensor, seed: int) -> tf.Tensor:
        """Return the number of the sample at a position, an int64 scalar."""
        ends = np.cumsum(self.parts)
        place = shuffled(counter, BLOCK, seed)
        which = tf.searchsorted(tf.constant(ends), place[tf.newaxis], side="right")[0]
        parts = tf.constant(self.parts)[which]
        within = counter // BLOCK * parts + place - tf.constant(ends - self.parts)[which]
        first = np.cumsum([0, *self.sizes[:-1]])
        # A seed a share: two shares of one size would otherwise go in step.
        choices = [
            lambda n=n, size=size: first[n] + shuffled(within, size, seed + n + 1)
            for n, size in enumerate(self.sizes)
        ]
        return tf.switch_case(which, choices)


def _parts(weights: Sequence[float]) -> np.ndarray:
    """Divide a block by weights, the largest remainders rounded up; `[S]` int64, 1 or more each."""
    exact = np.asarray(weights, float) / sum(weights) * BLOCK
    parts = np.maximum(np.floor(exact), 1).astype(np.int64)
    while (left := BLOCK - parts.sum()) != 0:
        step = int(np.sign(left))
        order = (exact - parts) * step
        # What is only there because nobody is left out stays.
        order[parts + step < 1] = -np.inf
        parts[int(np.argmax(order))] += step
    return parts
