"""Vggtiny: the 2021 library's own VGG with fewer, narrower layers and batch normalisation."""

from __future__ import annotations

import tensorflow as tf

from hyperpose_core.build.backbones import check_stride, scale_channels
from hyperpose_core.layers import ConvBlock, Layer, MaxPool, Sequential

# Channels of the 3x3 convolutions; "pool" halves by 2x2 maximum.
TO_STRIDE_8 = (32, 64, "pool", 128, 128, "pool", 200, 200, 200, "pool", 384, 384)


class Vggtiny(Layer):
    """A small VGG (Simonyan and Zisserman, arXiv 1409.1556).

    Beyond stride 8 it goes on with convolutions of stride 2, as the 2021 library does.

    Args:
        stride: 8 or 32.
        width: factor on the number of channels.

    Raises:
        InputError: another stride.
    """

    def __init__(self, stride: int = 8, width: float = 1.0) -> None:
        super().__init__()
        check_stride("Vggtiny", stride, (8, 32))
        self.stride = stride
        layers: list[Layer] = []
        channels = 3
        for step in TO_STRIDE_8:
            if isinstance(step, int):
                layers.append(ConvBlock(channels, scale_channels(step, width)))
                channels = scale_channels(step, width)
            else:
                layers.append(MaxPool())
        if stride == 32:
            layers += [ConvBlock(channels, channels, stride=step) for step in (2, 1, 2)]
        self.out_channels = channels
        self.layers = Sequential(layers)

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return self.layers.forward(x)
