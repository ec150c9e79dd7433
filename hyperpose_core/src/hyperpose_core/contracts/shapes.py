"""Shapes that the contracts share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

Size = tuple[int, int]
"""Width and height, pixels."""
Tensors = Mapping[str, "tf.Tensor"]
"""By name."""


@dataclass
class Batch:
    """What one training step sees."""

    images: tf.Tensor
    """`[N, H, W, 3]` float32 RGB in [0, 1]."""
    targets: Tensors
    counters: tf.Tensor
    """`[N]` int64, the positions of the images in the training's order."""
