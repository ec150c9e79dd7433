"""MobilenetV2: inverted residuals with linear bottlenecks (Sandler et al., arXiv 1801.04381)."""

from __future__ import annotations

import tensorflow as tf

from hyperpose_backbones.shift import Offset, less
from hyperpose_core.build.backbones import check_stride, scale_channels
from hyperpose_core.layers import (
    BatchNorm,
    ConvBlock,
    DepthwiseConv2d,
    Layer,
    Sequential,
    pad_as_tensorflow,
)

# (expansion, channels, blocks, stride of the first), table 2 of the paper.
GROUPS = (
    *((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2)),
    *((6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)),
)


class InvertedResidual(Layer):
    """1x1 expansion, depthwise 3x3, linear 1x1; with a shortcut where the shape stays."""

    def __init__(self, in_channels: int, channels: int, expansion: int, stride: int) -> None:
        super().__init__()
        inner = in_channels * expansion
        self.expand = (
            ConvBlock(in_channels, inner, kernel=1, act=tf.nn.relu6) if expansion > 1 else None
        )
        self.depthwise = Sequential([DepthwiseConv2d(inner, stride), BatchNorm(inner, tf.nn.relu6)])
        self.project = ConvBlock(inner, channels, kernel=1, act=None)
        self.adds = stride == 1 and in_channels == channels

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        y = self.expand.forward(x) if self.expand is not None else x
        y = self.project.forward(self.depthwise.forward(y))
        return x + y if self.adds else y


class MobilenetV2(Layer):
    """MobileNetV2 without its last 1x1 convolution and classifier.

    At stride 8 it ends after the 64-channel blocks, kept at stride 8, as in the 2021 library.

    Args:
        stride: 8 or 32.
        width: the paper's width multiplier.
        offset: what is subtracted of the input.
        same_padding: pad as TensorFlow does, on the lower right.

    Raises:
        InputError: another stride.
    """

    def __init__(
        self,
        stride: int = 8,
        width: float = 1.0,
        offset: Offset = None,
        same_padding: bool = False,
    ) -> None:
        super().__init__()
        check_stride("MobilenetV2", stride, (8, 32))
        self.stride, self.offset = stride, offset
        channels, reached = scale_channels(32, width), 2
        blocks: list[Layer] = [ConvBlock(3, channels, stride=2, act=tf.nn.relu6)]
        for expansion, paper_channels, count, first_step in GROUPS:
            if stride == 8 and paper_channels > 64:
                break
            step = first_step if reached * first_step <= stride else 1
            reached *= step
            out_channels = scale_channels(paper_channels, width)
            for i in range(count):
                blocks.append(
                    InvertedResidual(channels, out_channels, expansion, step if i == 0 else 1)
                )
                channels = out_channels
        self.out_channels = channels
        self.blocks = Sequential(blocks)
        if same_padding:
            pad_as_tensorflow(self)

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return self.blocks.forward(less(x, self.offset))
