"""The smallest model: what objectives and importers are checked with."""

from __future__ import annotations

import tensorflow as tf

from hyperpose_core.layers import Conv2d, Layer, PoseModel

CHANNELS = 8


class Features(Layer):
    """A backbone of one convolution."""

    out_channels, stride = CHANNELS, 8

    def __init__(self) -> None:
        super().__init__()
        self.conv = Conv2d(3, CHANNELS, stride=8, kernel=3)

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        """Return `[N, h, w, 8]`."""
        return self.conv.forward(x)


class Net(PoseModel):
    """A model whose features an objective sees."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Features()

    def forward(self, x: tf.Tensor, is_train: bool = False) -> tuple[tf.Tensor, ...]:
        """Return the features as the only map."""
        return (self.backbone.forward(x),)
