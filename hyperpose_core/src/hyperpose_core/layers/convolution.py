"""What moves a window over the image: convolutions and pooling, their padding and first weights."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from hyperpose_core.layers.base import Activation, Layer


class Conv2d(Layer):
    """Convolution, padded symmetrically so that stride 1 keeps the size.

    Symmetric padding is what Caffe and PyTorch do; TensorFlow's `SAME` pads stride-2 convolutions
    of even sizes on the lower right only, which shifts features and breaks published weights.

    Args:
        dilation: only at stride 1.
        bias: whether to add one; leave it out before batch normalisation.
        std: of the initial weights; None: He's. Small for a last layer, so that the first outputs
            are near zero.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int = 3,
        stride: int = 1,
        dilation: int = 1,
        act: Activation | None = None,
        bias: bool = True,
        std: float | None = None,
    ) -> None:
        super().__init__()
        self.act, self.stride, self.dilation, self.same = act, stride, dilation, stride == 1
        self.pad = (kernel - 1) // 2
        shape = (kernel, kernel, in_channels, out_channels)
        init = functools.partial(tf.random.normal, stddev=std) if std else he_normal
        self.filters = self._get_weights("filters", shape, init)
        self.biases = self._get_weights("biases", (out_channels,), zeros) if bias else None

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        filters = tf.cast(self.filters, x.dtype)
        if self.dilation > 1:
            # TensorFlow has no gradient of a dilated convolution on the CPU; this one it has.
            x = tf.nn.atrous_conv2d(x, filters, self.dilation, "SAME")
        else:
            x, padding = _padded(x, self.pad, self.same)
            x = tf.nn.conv2d(x, filters, self.stride, padding)
        if self.biases is not None:
            x = tf.nn.bias_add(x, tf.cast(self.biases, x.dtype))
        return self.act(x) if self.act else x


class DepthwiseConv2d(Layer):
    """3x3 convolution of every channel by itself, padded symmetrically."""

    def __init__(
        self,
        channels: int,
        stride: int = 1,
        dilation: int = 1,
        act: Activation | None = None,
        bias: bool = False,
    ) -> None:
        super().__init__()
        self.act, self.stride, self.dilation, self.same = act, stride, dilation, stride == 1
        self.filters = self._get_weights("filters", (3, 3, channels, 1), he_normal_depthwise)
        self.biases = self._get_weights("biases", (channels,), zeros) if bias else None

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        x, padding = _padded(x, self.dilation, self.same)
        x = tf.nn.depthwise_conv2d(
            x,
            tf.cast(self.filters, x.dtype),
            strides=(1, self.stride, self.stride, 1),
            padding=padding,
            dilations=(self.dilation, self.dilation),
        )
        if self.biases is not None:
            x = tf.nn.bias_add(x, tf.cast(self.biases, x.dtype))
        return self.act(x) if self.act else x


class MaxPool(Layer):
    """Halves height and width by a maximum, padded symmetrically with zeros.

    Args:
        kernel: width and height of what the maximum is taken over. With 3, what is pooled may not
            be negative, as after a ReLU.
    """

    def __init__(self, kernel: int = 2) -> None:
        super().__init__()
        self.kernel, self.same = kernel, False

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        x, padding = _padded(x, (self.kernel - 1) // 2, self.same)
        return tf.nn.max_pool2d(x, self.kernel, 2, padding)


def pad_as_tensorflow(model: Any) -> None:
    """Let every layer with a stride pad as TensorFlow's `SAME` does: all of it on the lower right.

    A network that was trained so expects it: symmetric padding moves each of its three strides by
    a pixel, together by 7 pixels of the image.
    """
    if isinstance(model, Conv2d | DepthwiseConv2d | MaxPool):
        model.same = True
    for value in list(vars(model).values()):
        if isinstance(value, Layer):
            pad_as_tensorflow(value)


def he_normal(shape: Sequence[int]) -> tf.Tensor:
    """Normal distribution for ReLU networks (He et al., arXiv 1502.01852)."""
    return _normal(shape, shape[0] * shape[1] * shape[2])


def he_normal_depthwise(shape: Sequence[int]) -> tf.Tensor:
    """`he_normal` where every output sees one input channel."""
    return _normal(shape, shape[0] * shape[1])


def zeros(shape: Sequence[int]) -> tf.Tensor:
    """Return zeros."""
    return tf.zeros(shape)


def _normal(shape: Sequence[int], fan_in: int) -> tf.Tensor:
    return tf.random.truncated_normal(shape, stddev=(2.0 / fan_in) ** 0.5 / 0.87962566)


def _padded(x: tf.Tensor, pad: int, same: bool) -> tuple[tf.Tensor, str]:
    """Return what to convolve and how TensorFlow is to pad it.

    Not by its explicit padding, whose gradients are slow on CPUs (a thousand times in bfloat16),
    and with which TensorFlow 2.21 aborts when it fuses a depthwise convolution with what follows.
    """
    if same:
        return x, "SAME"
    return (tf.pad(x, [[0, 0], [pad, pad], [pad, pad], [0, 0]]) if pad else x), "VALID"
