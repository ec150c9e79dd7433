"""VGG-16 and VGG-19: 3x3 convolutions and max-pooling (Simonyan and Zisserman, arXiv 1409.1556)."""

from __future__ import annotations

import tensorflow as tf

from hyperpose_backbones.shift import Offset, less
from hyperpose_core.build.backbones import check_stride, scale_channels
from hyperpose_core.layers import Conv2d, Layer, MaxPool, Sequential

CHANNELS = (64, 128, 256, 512, 512)
DEPTHS: dict[str, tuple[int, ...]] = {"Vgg16": (2, 2, 3, 3, 3), "Vgg19": (2, 2, 4, 4, 4)}
"""Convolutions in each of the five scales, configurations D and E of the paper's table 1."""


class Vgg(Layer):
    """VGG without its classifier and without batch normalisation, as in the paper.

    At stride 8 it stops at conv4_2, as OpenPose does with VGG-19 (arXiv 1611.08050). The 2021
    library goes on to conv4_3 in VGG-16 only, which makes its VGG-16 larger than its VGG-19; and
    neither pools there.

    Args:
        name: a key of `DEPTHS`.
        stride: 8 or 32.
        width: factor on the number of channels.
        offset: what is subtracted of the input.

    Raises:
        InputError: another stride.
    """

    def __init__(self, name: str, stride: int, width: float, offset: Offset) -> None:
        super().__init__()
        check_stride(name, stride, (8, 32))
        self.stride, self.offset, depths = stride, offset, DEPTHS[name]
        if stride == 8:
            depths = (*depths[:3], 2)
        layers: list[Layer] = []
        channels = 3
        for scale, depth in enumerate(depths):
            for _ in range(depth):
                wider = scale_channels(CHANNELS[scale], width)
                layers.append(Conv2d(channels, wider, act=tf.nn.relu))
                channels = wider
            if stride == 32 or scale < 3:
                layers.append(MaxPool())
        self.out_channels = channels
        self.layers = Sequential(layers)

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return self.layers.forward(less(x, self.offset))


class Vgg16(Vgg):
    """Configuration D of the paper."""

    def __init__(self, stride: int = 8, width: float = 1.0, offset: Offset = None) -> None:
        super().__init__("Vgg16", stride, width, offset)


class Vgg19(Vgg):
    """Configuration E of the paper."""

    def __init__(self, stride: int = 8, width: float = 1.0, offset: Offset = None) -> None:
        super().__init__("Vgg19", stride, width, offset)
