"""ResNet-18 and ResNet-50: residual blocks (He et al., arXiv 1512.03385)."""

from __future__ import annotations

import tensorflow as tf

from hyperpose_backbones.shift import Offset, less
from hyperpose_core.build.backbones import check_stride, scale_channels
from hyperpose_core.layers import ConvBlock, Layer, MaxPool, Sequential

CHANNELS = (64, 128, 256, 512)
DEPTHS = {"Resnet18": (2, 2, 2, 2), "Resnet50": (3, 4, 6, 3)}
"""Blocks in each of the four groups, the paper's table 1."""


class BasicBlock(Layer):
    """Two 3x3 convolutions beside a shortcut (the paper's figure 5, left)."""

    expansion = 1

    def __init__(
        self, in_channels: int, channels: int, stride: int, stride_first: bool = False
    ) -> None:
        super().__init__()
        del stride_first  # the first convolution has it anyway
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

    The stride is the 3x3 convolution's, as all published weights since 2016 have it, or that of the
    first 1x1, as in the paper and in keras.applications.
    """

    expansion = 4

    def __init__(
        self, in_channels: int, channels: int, stride: int, stride_first: bool = False
    ) -> None:
        super().__init__()
        first, second = (stride, 1) if stride_first else (1, stride)
        out_channels = channels * self.expansion
        self.main = Sequential(
            [
                ConvBlock(in_channels, channels, kernel=1, stride=first),
                ConvBlock(channels, channels, stride=second),
                ConvBlock(channels, out_channels, kernel=1, act=None),
            ]
        )
        self.shortcut = _shortcut(in_channels, out_channels, stride)

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        beside = self.shortcut.forward(x) if self.shortcut is not None else x
        return tf.nn.relu(self.main.forward(x) + beside)


class Resnet(Layer):
    """ResNet without its classifier.

    At stride 8 all four groups of blocks stay, the last two at stride 1; at stride 16 the last one.
    Against the 2021 library, shortcuts that change the size are 1x1 convolutions (the paper's
    option B), not 3x3, and ResNet-18 has both blocks of its last group.

    Args:
        name: a key of `DEPTHS`.
        stride: 8, 16 or 32.
        width: factor on the number of channels.
        offset: what is subtracted of the input.
        stride_first: whether a bottleneck's stride is that of its first convolution.

    Raises:
        InputError: another stride.
    """

    def __init__(
        self,
        name: str,
        block: type[BasicBlock] | type[Bottleneck],
        stride: int,
        width: float,
        offset: Offset,
        stride_first: bool = False,
    ) -> None:
        super().__init__()
        check_stride(name, stride, (8, 16, 32))
        self.stride, self.offset = stride, offset
        channels, reached = scale_channels(CHANNELS[0], width), 4
        self.stem = ConvBlock(3, channels, kernel=7, stride=2)
        self.pool = MaxPool(kernel=3)
        blocks: list[Layer] = []
        for group, depth in enumerate(DEPTHS[name]):
            inner = scale_channels(CHANNELS[group], width)
            step = 2 if group and reached < stride else 1
            reached *= step
            for i in range(depth):
                blocks.append(block(channels, inner, step if i == 0 else 1, stride_first))
                channels = inner * block.expansion
        self.out_channels = channels
        self.blocks = Sequential(blocks)

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return self.blocks.forward(self.pool.forward(self.stem.forward(less(x, self.offset))))


class Resnet18(Resnet):
    """The 18-layer network of table 1."""

    def __init__(self, stride: int = 8, width: float = 1.0, offset: Offset = None) -> None:
        super().__init__("Resnet18", BasicBlock, stride, width, offset)


class Resnet50(Resnet):
    """The 50-layer network of table 1."""

    def __init__(
        self,
        stride: int = 8,
        width: float = 1.0,
        offset: Offset = None,
        stride_first: bool = False,
    ) -> None:
        super().__init__("Resnet50", Bottleneck, stride, width, offset, stride_first)


def _shortcut(in_channels: int, out_channels: int, stride: int) -> Layer | None:
    if stride == 1 and in_channels == out_channels:
        return None
    return ConvBlock(in_channels, out_channels, kernel=1, stride=stride, act=None)
