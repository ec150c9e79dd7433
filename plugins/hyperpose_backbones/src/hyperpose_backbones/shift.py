"""What a backbone subtracts of its input, before the first convolution pads it."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

Offset = Sequence[float] | None
"""Of red, green and blue, in parts of 1; None: nothing."""


def less(x: tf.Tensor, offset: Offset) -> tf.Tensor:
    """Return images less an offset.

    Pretrained networks see images less a mean, padded with zeros: folded into the convolution, the
    padding would be of another colour.
    """
    return x if offset is None else x - tf.constant(offset, x.dtype)
