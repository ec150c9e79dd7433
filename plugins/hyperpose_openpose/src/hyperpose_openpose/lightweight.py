"""LightweightOpenpose: OpenPose for CPUs (Osokin, arXiv 1811.12004)."""

from __future__ import annotations

import tensorflow as tf

from hyperpose_core.build.backbones import check_stride, scale_channels
from hyperpose_core.config import ModelConfig
from hyperpose_core.contracts import BackboneFactory
from hyperpose_core.errors import ConfigError
from hyperpose_core.layers import (
    Conv2d,
    ConvBlock,
    DepthwiseConv2d,
    Layer,
    SeparableBlock,
    Sequential,
)
from hyperpose_core.skeletons import Skeleton
from hyperpose_openpose.family import OpenposeModel, Stage

# (output channels, stride, dilation) of the separable blocks, up to conv5_5.
BLOCKS = (
    *((64, 1, 1), (128, 2, 1), (128, 1, 1), (256, 2, 1), (256, 1, 1), (512, 1, 1)),
    *((512, 1, 2), (512, 1, 1), (512, 1, 1), (512, 1, 1), (512, 1, 1)),
)

CPMS = ("openvino", "authors")
"""Which published network's neck: the option `cpm`."""


class DilatedMobilenet(Layer):
    """MobilenetV1 to conv5_5 at stride 8, with conv5_1 dilated by 2 (section 3.2 of the paper).

    Its weights have the names and shapes of a MobilenetV1 at stride 8.

    Args:
        stride: 8.
        width: MobileNet's width multiplier.

    Raises:
        InputError: another stride.
    """

    def __init__(self, stride: int = 8, width: float = 1.0) -> None:
        super().__init__()
        check_stride("DilatedMobilenet", stride, (8,))
        self.stride = stride
        channels = scale_channels(32, width)
        blocks: list[Layer] = [ConvBlock(3, channels, stride=2)]
        for paper_channels, step, dilation in BLOCKS:
            out_channels = scale_channels(paper_channels, width)
            blocks.append(SeparableBlock(channels, out_channels, step, dilation))
            channels = out_channels
        self.out_channels = channels
        self.blocks = Sequential(blocks)

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return self.blocks.forward(x)


class Cpm(Layer):
    """Narrows the features: 1x1, separable convolutions beside a shortcut, 3x3.

    As in the published networks: ELU and no batch normalisation in the separable part.

    Args:
        published: `openvino`, whose separable part begins with a further 1x1; or `authors`, the
            code of the paper's authors, which has a ReLU before it instead.
    """

    def __init__(self, in_channels: int, channels: int, published: str = CPMS[0]) -> None:
        super().__init__()
        reduced = published == "openvino"
        self.align = Conv2d(in_channels, channels, 1, act=tf.nn.elu if reduced else tf.nn.relu)
        trunk: list[Layer] = [Conv2d(channels, channels, 1, act=tf.nn.elu)] if reduced else []
        for _ in range(3):
            trunk.append(DepthwiseConv2d(channels, act=tf.nn.elu, bias=True))
            trunk.append(Conv2d(channels, channels, 1, act=tf.nn.elu))
        self.trunk = Sequential(trunk)
        self.last = Conv2d(channels, channels, 3, act=tf.nn.relu)

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        x = self.align.forward(x)
        return self.last.forward(x + self.trunk.forward(x))


class RefinementBlock(Layer):
    """1x1, then 3x3 and dilated 3x3 beside a shortcut, in place of a 7x7 (the paper's figure 4)."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.squeeze = Conv2d(in_channels, channels, 1, act=tf.nn.relu)
        self.trunk = Sequential(
            [ConvBlock(channels, channels), ConvBlock(channels, channels, dilation=2)]
        )

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        x = self.squeeze.forward(x)
        return x + self.trunk.forward(x)


class LightweightOpenpose(OpenposeModel):
    """An initial and one refinement stage, whose branches share all but their last two layers.

    Where the published weights (OpenVINO's human-pose-estimation-0001) say more than the paper, it
    follows the weights.

    Args:
        skeleton: decides the number of maps.
        backbone: called with stride 8.
        config: `stages` (2), `width` (1.0) and `data_format` are used, and of the options `cpm`:
            `openvino` or `authors`, whose network's neck it has.

    Raises:
        ConfigError: the option `cpm` is another.
    """

    def __init__(
        self, *, skeleton: Skeleton, backbone: BackboneFactory, config: ModelConfig
    ) -> None:
        extractor = backbone(stride=8)
        outputs = (len(skeleton) + 1, 2 * len(skeleton.limbs))
        channels, wide = scale_channels(128, config.width), scale_channels(512, config.width)
        first = Sequential([Conv2d(channels, channels, act=tf.nn.relu) for _ in range(3)])
        stages = [_stage(first, channels, wide, outputs)]
        for _ in range((config.stages or 2) - 1):
            seen = channels + sum(outputs)
            trunk = Sequential(
                [RefinementBlock(channels if i else seen, channels) for i in range(5)]
            )
            stages.append(_stage(trunk, channels, channels, outputs))
        neck = Cpm(extractor.out_channels, channels, _cpm(config))
        super().__init__(skeleton, extractor, neck, stages, config.data_format)


def _cpm(config: ModelConfig) -> str:
    chosen = config.options.get("cpm", CPMS[0])
    if chosen not in CPMS:
        raise ConfigError(f"option 'cpm' is {chosen!r}: choose {' or '.join(CPMS)}")
    return str(chosen)


def _stage(trunk: Layer, in_channels: int, channels: int, outputs: tuple[int, int]) -> Stage:
    conf, paf = (_branch(in_channels, channels, n) for n in outputs)
    return Stage(conf, paf, trunk)


def _branch(in_channels: int, channels: int, outputs: int) -> Layer:
    return Sequential(
        [
            Conv2d(in_channels, channels, 1, act=tf.nn.relu),
            Conv2d(channels, outputs, 1, std=0.01),
        ]
    )
