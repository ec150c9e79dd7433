"""Head: a 1x1 convolution that makes one field, at a finer stride than the backbone's."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import tensorflow as tf

from hyperpose_core.contracts import NamedChannels
from hyperpose_core.layers import Conv2d, Layer

PRIOR = -4.6
"""What a confidence is before the sigmoid when nothing is learned, 0.01: most cells are empty."""
WIDEST = 3.0
"""Logarithm of the largest spread in cells, and minus that of the smallest."""
LARGEST = 5.0
"""The same of scales."""


class Head(Layer):
    """One composite field from features (the paper's section 3.5).

    The convolution makes all cells that are in one of the features at once, which are then put
    side by side: sub-pixel convolution (Shi et al., arXiv 1609.05158).

    Args:
        in_channels: of the features.
        parts: what the field says of each keypoint or limb, `fields.PIF` or `fields.PAF`.
        count: of the keypoints or limbs.
        factor: cells of the field along one of the features.
    """

    def __init__(
        self, in_channels: int, parts: Mapping[str, Sequence[str]], count: int, factor: int
    ) -> None:
        super().__init__()
        self.sizes = [count * len(words) for words in parts.values()]
        self.factor = factor
        self.conv = Conv2d(in_channels, sum(self.sizes) * factor**2, 1, std=0.01)

    def forward(self, x: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """Return logits, vectors, scales and spreads, `[N, h, w, C]`, lengths in cells."""
        y = self.conv.forward(x)
        y = tf.nn.depth_to_space(y, self.factor) if self.factor > 1 else y
        logits, vectors, scales, spreads = tf.split(y, self.sizes, -1)
        return logits + PRIOR, vectors, _positive(scales, LARGEST), _positive(spreads, WIDEST)


def _positive(x: tf.Tensor, most: float) -> tf.Tensor:
    """Return lengths from logarithms, which cannot run away."""
    return tf.exp(most * tf.tanh(x / most))


def channel_names(
    parts: Mapping[str, Sequence[str]], owners: Sequence[Sequence[str]], factor: int
) -> NamedChannels:
    """Name the channels of a head's convolution.

    Args:
        owners: of each keypoint its name, of each limb the names of its two ends. A limb that goes
            the other way has the same channels in another order.
    """
    within = itertools.product(range(factor), repeat=2)
    names = [
        f"{_told(owner, word)}, cell {x},{y}"
        for y, x in within
        for words in parts.values()
        for owner in owners
        for word in words
    ]
    return NamedChannels(axis=3, names=tuple(names))


def _told(owner: Sequence[str], word: str) -> str:
    of_end = word.replace("first", owner[0]).replace("second", owner[-1])
    return f"{' - '.join(sorted(owner))}: {of_end}"
