"""MobilenetV1: depthwise separable convolutions (Howard et al., arXiv 1704.04861)."""

from __future__ import annotations

import tensorflow as tf

from hyperpose_core.build.backbones import check_stride, scale_channels
from hyperpose_core.layers import (
    ConvBlock,
    Layer,
    SeparableBlock,
    Sequential,
    pad_as_tensorflow,
)

# (output channels, stride) of the thirteen separable blocks, table 1 of the paper.
BLOCKS = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1)),
    *((512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1)),
)


class MobilenetV1(Layer):
    """MobileNet without its classifier.

    At stride 32 it is the paper's network. At stride 8 it ends before the 1024-channel blocks and
    keeps the 512-channel ones at stride 8, as pose networks do (the 2021 library too).

    Args:
        stride: 8 or 32.
        width: the paper's width multiplier.
        relu6: use the ReLU that ends at 6, as keras.applications does.
        same_padding: pad as TensorFlow does, on the lower right.

    Raises:
        InputError: another stride.
    """

    def __init__(
        self,
        stride: int = 8,
        width: float = 1.0,
        relu6: bool = False,
        same_padding: bool = False,
    ) -> None:
        super().__init__()
        act = tf.nn.relu6 if relu6 else tf.nn.relu
        check_stride("MobilenetV1", stride, (8, 32))
        self.stride = stride
        channels, reached = scale_channels(32, width), 2
        blocks: list[Layer] = [ConvBlock(3, channels, stride=2, act=act)]
        for paper_channels, paper_step in BLOCKS:
            if stride == 8 and paper_channels == 1024:
                break
            step = paper_step if reached * paper_step <= stride else 1
            out_channels = scale_channels(paper_channels, width)
            blocks.append(SeparableBlock(channels, out_channels, step, act=act))
            channels, reached = out_channels, reached * step
        self.out_channels = channels
        self.blocks = Sequential(blocks)
        if same_padding:
            pad_as_tensorflow(self)

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return self.blocks.forward(x)
