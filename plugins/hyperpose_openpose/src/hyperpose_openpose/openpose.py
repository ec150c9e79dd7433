"""Openpose: part affinity fields on VGG-19 (Cao et al., arXiv 1611.08050)."""

from __future__ import annotations

import tensorflow as tf

from hyperpose_core.build.backbones import scale_channels
from hyperpose_core.config import ModelConfig
from hyperpose_core.contracts import BackboneFactory
from hyperpose_core.layers import Conv2d, Layer, Sequential
from hyperpose_core.skeletons import Skeleton
from hyperpose_openpose.family import OpenposeModel, Stage


class Openpose(OpenposeModel):
    """Two branches of an initial and five refinement stages.

    Args:
        skeleton: decides the number of maps.
        backbone: called with stride 8.
        config: `stages` (6), `width` (1.0) and `data_format` are used.
    """

    def __init__(
        self, *, skeleton: Skeleton, backbone: BackboneFactory, config: ModelConfig
    ) -> None:
        extractor = backbone(stride=8)
        outputs = (len(skeleton) + 1, 2 * len(skeleton.limbs))
        c128, c256, c512 = (scale_channels(c, config.width) for c in (128, 256, 512))
        neck = Sequential(
            [
                Conv2d(extractor.out_channels, c256, act=tf.nn.relu),
                Conv2d(c256, c128, act=tf.nn.relu),
            ]
        )
        stages = [Stage(*(_branch(c128, c128, 3, 3, c512, n) for n in outputs))]
        for _ in range((config.stages or 6) - 1):
            seen = c128 + sum(outputs)
            stages.append(Stage(*(_branch(seen, c128, 5, 7, c128, n) for n in outputs)))
        super().__init__(skeleton, extractor, neck, stages, config.data_format)


def _branch(
    in_channels: int, channels: int, depth: int, kernel: int, before_output: int, outputs: int
) -> Layer:
    layers: list[Layer] = [
        Conv2d(channels if i else in_channels, channels, kernel, act=tf.nn.relu)
        for i in range(depth)
    ]
    layers.append(Conv2d(channels, before_output, 1, act=tf.nn.relu))
    layers.append(Conv2d(before_output, outputs, 1, std=0.01))
    return Sequential(layers)
