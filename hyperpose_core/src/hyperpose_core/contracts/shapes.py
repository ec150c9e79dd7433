"""Shapes that the contracts share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

Size = tuple[int, int]
"""Width and height, pixels."""
Tensors = Mapping[str, "tf.Tensor"]
"""By name."""
