"""ResNet-18 and ResNet-50: residual blocks (He et al., arXiv 1512.03385)."""

from __future__ import annotations

import tensorflow as tf

from hyperpose_core.build.backbones import check_stride, scale_channels
from hyperpose_core.layers import ConvBlock, Layer, MaxPool, Sequential

CHANNELS = (64, 128, 256, 512)


class BasicBlock(Layer):
    """Two 3x3 convolutions beside a shortcut (the paper's figure 5, left)."""

    expansion = 1

    def __init__(self, in_channels: int, channels: int, stride: int) -> None:
        super().__init__()
        self.main = Sequential(
            [
                ConvBlock(in_channels, channels, stride=stride),
                ConvBlock(channels, channels, act=None),
            ]
        )
        self.shortcut = _shortcut(in_channels, channels, stride)

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        beside = self.shortcut.forward(x) if self.shortcut is not None else x
        return tf.nn.relu(self.main.forward(x) + beside)


class Bottleneck(Layer):
    """1x1, 3x3 and 1x1 convolution beside a shortcut (the paper's figure 5, right).

    The stride is the 3x3 convolution's, as all published weights since 2016 have it.
    """

    expansion = 4

    def __init__(self, in_channels: int, channels: int, stride: int) -> None:
        super().__init__()
        out_channels = channels * self.expansion
        self.main = Sequential(
            [
                ConvBlock(in_channels, channels, kernel=1),
                ConvBlock(channels, channels, stride=stride),
                ConvBlock(channels, out_channels, kernel=1, act=None),
            ]
        )
        self.shortcut = _shortcut(in_channels, out_channels, stride)

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        beside = self.shortcut.forward(x) if self.shortcut is not None else x
        return tf.nn.relu(self.main.forward(x) + beside)


class Resnet(Layer):
    """ResNet without its classifier.

    At stride 8 all four groups of blocks stay, the last two at stride 1. Against the 2021 library,
    shortcuts that change the size are 1x1 convolutions (the paper's option B), not 3x3, and
    ResNet-18 has both blocks of its last group.

    Args:
        depths: blocks in each of the four groups, the paper's table 1.
        stride: 8 or 32.
        width: factor on the number of channels.

    Raises:
        InputError: another stride.
    """

    def __init__(
        self,
        name: str,
        block: type[BasicBlock] | type[Bottleneck],
        depths: tuple[int, ...],
        stride: int,
        width: float,
    ) -> None:
        super().__init__()
        check_stride(name, stride, (8, 32))
        self.stride = stride
        channels, reached = scale_channels(CHANNELS[0], width), 4
        self.stem = ConvBlock(3, channels, kernel=7, stride=2)
        self.pool = MaxPool(kernel=3)
        blocks: list[Layer] = []
        for group, depth in enumerate(depths):
            inner = scale_channels(CHANNELS[group], width)
            step = 2 if group and reached < stride else 1
            reached *= step
            for i in range(depth):
                blocks.append(block(channels, inner, step if i == 0 else 1))
                channels = inner * block.expansion
        self.out_channels = channels
        self.blocks = Sequential(blocks)

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return self.blocks.forward(self.pool.forward(self.stem.forward(x)))


class Resnet18(Resnet):
    """The 18-layer network of table 1."""

    def __init__(self, stride: int = 8, width: float = 1.0) -> None:
        super().__init__("Resnet18", BasicBlock, (2, 2, 2, 2), stride, width)


class Resnet50(Resnet):
    """The 50-layer network of table 1."""

    def __init__(self, stride: int = 8, width: float = 1.0) -> None:
        super().__init__("Resnet50", Bottleneck, (3, 4, 6, 3), stride, width)


def _shortcut(in_channels: int, out_channels: int, stride: int) -> Layer | None:
    if stride == 1 and in_channels == out_channels:
        return None
    return ConvBlock(in_channels, out_channels, kernel=1, stride=stride, act=None)
