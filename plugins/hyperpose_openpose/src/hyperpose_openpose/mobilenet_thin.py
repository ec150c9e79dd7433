"""MobilenetThinOpenpose: OpenPose of separable convolutions on three depths of a MobileNet."""

from __future__ import annotations

import tensorflow as tf

from hyperpose_core.build.backbones import check_stride, scale_channels
from hyperpose_core.config import ModelConfig
from hyperpose_core.contracts import BackboneFactory
from hyperpose_core.layers import Conv2d, ConvBlock, Layer, SeparableBlock, Sequential
from hyperpose_core.skeletons import Skeleton
from hyperpose_openpose.family import OpenposeModel, Stage


class MobilenetThinBackbone(Layer):
    """MobilenetV1 up to block 11 at stride 8; three of its depths, concatenated.

    The blocks after the third, the seventh and the eleventh: 128 + 512 + 512 channels, the first
    max-pooled to stride 8. The network `mobilenet_thin` of tf-pose-estimation, at its full width.

    Args:
        stride: 8.
        width: MobileNet's width multiplier (tf-pose-estimation: 0.75).

    Raises:
        InputError: another stride.
    """

    def __init__(self, stride: int = 8, width: float = 1.0) -> None:
        super().__init__()
        check_stride("MobilenetThin", stride, (8,))
        self.stride = stride
        c32, c64, c128, c256, c512 = (scale_channels(c, width) for c in (32, 64, 128, 256, 512))
        self.out_channels = c128 + c512 + c512
        self.low = Sequential(
            [
                ConvBlock(3, c32, stride=2),
                SeparableBlock(c32, c64),
                SeparableBlock(c64, c128, stride=2),
                SeparableBlock(c128, c128),
            ]
        )
        self.middle = Sequential(
            [
                SeparableBlock(c128, c256, stride=2),
                SeparableBlock(c256, c256),
                SeparableBlock(c256, c512),
                SeparableBlock(c512, c512),
            ]
        )
        self.high = Sequential([SeparableBlock(c512, c512) for _ in range(4)])

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        low = self.low.forward(x)
        middle = self.middle.forward(low)
        high = self.high.forward(middle)
        return tf.concat([tf.nn.max_pool2d(low, 2, 2, "SAME"), middle, high], -1)


class MobilenetThinOpenpose(OpenposeModel):
    """An initial and five refinement stages of separable convolutions.

    Args:
        skeleton: decides the number of maps.
        backbone: called with stride 8.
        config: `stages` (6), `width` (1.0) and `data_format` are used, and of the options
            `head_width`, which is the width of the stages if it is another.
    """

    def __init__(
        self, *, skeleton: Skeleton, backbone: BackboneFactory, config: ModelConfig
    ) -> None:
        extractor = backbone(stride=8)
        n_conf, n_paf = len(skeleton) + 1, 2 * len(skeleton.limbs)
        seen, width = extractor.out_channels, config.options.get("head_width", config.width)
        narrow, wide = scale_channels(128, width), scale_channels(512, width)
        stages = [Stage(_branch(seen, narrow, wide, n_conf), _branch(seen, narrow, wide, n_paf))]
        for _ in range((config.stages or 6) - 1):
            again = seen + n_conf + n_paf
            stages.append(
                Stage(_branch(again, narrow, narrow, n_conf), _branch(again, narrow, narrow, n_paf))
            )
        super().__init__(skeleton, extractor, None, stages, config.data_format)


def _branch(in_channels: int, channels: int, before_output: int, outputs: int) -> Layer:
    return Sequential(
        [
            SeparableBlock(in_channels, channels),
            SeparableBlock(channels, channels),
            SeparableBlock(channels, channels),
            ConvBlock(channels, before_output, kernel=1),
            Conv2d(before_output, outputs, kernel=1, std=0.01),
        ]
    )
