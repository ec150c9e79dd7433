"""Layers of the networks, on TensorLayer's base classes: all that this project uses of TensorLayer.

Own layers, because TensorLayer's pad only as TensorFlow does, and because its batch normalisation
cannot be traced twice. They are built when made, take and give `[N, H, W, C]`, and run in the dtype
of what they are given.
"""

from hyperpose_core.layers.base import Activation, Layer, PoseModel, Sequential
from hyperpose_core.layers.blocks import EPSILON, BatchNorm, ConvBlock, SeparableBlock
from hyperpose_core.layers.convolution import (
    Conv2d,
    DepthwiseConv2d,
    MaxPool,
    he_normal,
    he_normal_depthwise,
    pad_as_tensorflow,
    zeros,
)

__all__ = [
    "EPSILON",
    "Activation",
    "BatchNorm",
    "Conv2d",
    "ConvBlock",
    "DepthwiseConv2d",
    "Layer",
    "MaxPool",
    "PoseModel",
    "SeparableBlock",
    "Sequential",
    "he_normal",
    "he_normal_depthwise",
    "pad_as_tensorflow",
    "zeros",
]
