"""Layers of the networks, on TensorLayer's base classes: all that this project uses of TensorLayer.

Own layers, because TensorLayer's pad only as TensorFlow does, and because its batch normalisation
cannot be traced twice. They are built when made, take and give `[N, H, W, C]`, and run in the dtype
of what they are given.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
import tensorlayer as tl

Activation = Callable[[tf.Tensor], tf.Tensor]
EPSILON = 1e-5
"""What batch normalisation adds to the variance."""


class Layer(tl.layers.Layer):
    """Base of a layer, and of a block made of layers that are set as its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self._built = True

    def build(self, inputs_shape: Any) -> None:
        """Do nothing: layers are built when they are made."""

    def __repr__(self) -> str:
        return self.name

    def _get_init_args(self, skip: int = 3) -> dict[str, Any]:
        # TensorLayer inspects the whole stack here, for a file format that we do not use.
        return {}

    def _set_mode_for_layers(self, is_train: bool) -> None:
        self.is_train = is_train
        for layer in self._layers or ():
            layer._set_mode_for_layers(is_train)


class Sequential(Layer):
    """Layers one after the other."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        super().__init__()
        self.length = len(layers)
        for i, layer in enumerate(layers):
            setattr(self, str(i), layer)

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        for i in range(self.length):
            x = getattr(self, str(i)).forward(x)
        return x


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


class BatchNorm(Layer):
    """Batch normalisation (Ioffe and Szegedy, arXiv 1502.03167).

    In training mode it normalises with the batch and moves the moving statistics towards it; in
    evaluation mode it uses them. The mode is read when a graph is traced: trace one graph for each.

    Args:
        decay: how much of the moving statistics a step keeps. At 0.97 their first values are
            forgotten within some hundred steps; at the usual 0.99 a short training is evaluated
            with statistics that are largely those of its beginning.
    """

    def __init__(
        self,
        channels: int,
        act: Activation | None = None,
        decay: float = 0.97,
        epsilon: float = EPSILON,
    ) -> None:
        super().__init__()
        self.act, self.decay, self.epsilon = act, decay, epsilon
        self.gamma = self._get_weights("gamma", (channels,), tf.ones)
        self.beta = self._get_weights("beta", (channels,), zeros)
        self.moving_mean = self._get_weights("moving_mean", (channels,), zeros, trainable=False)
        self.moving_var = self._get_weights("moving_var", (channels,), tf.ones, trainable=False)

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        if self.is_train:
            y, mean, var = tf.compat.v1.nn.fused_batch_norm(
                x, self.gamma, self.beta, epsilon=self.epsilon, is_training=True
            )
            self.moving_mean.assign_sub((1 - self.decay) * (self.moving_mean - mean))
            self.moving_var.assign_sub((1 - self.decay) * (self.moving_var - var))
        else:
            scale = self.gamma * tf.math.rsqrt(self.moving_var + self.epsilon)
            shift = self.beta - self.moving_mean * scale
            y = x * tf.cast(scale, x.dtype) + tf.cast(shift, x.dtype)
        return self.act(y) if self.act else y


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


class ConvBlock(Sequential):
    """Convolution, batch normalisation, activation."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int = 3,
        stride: int = 1,
        dilation: int = 1,
        act: Activation | None = tf.nn.relu,
    ) -> None:
        conv = Conv2d(in_channels, out_channels, kernel, stride, dilation, bias=False)
        super().__init__([conv, BatchNorm(out_channels, act)])


class SeparableBlock(Sequential):
    """Depthwise 3x3 and pointwise 1x1 convolution, each with batch normalisation and ReLU."""

    def __init__(
        self, in_channels: int, out_channels: int, stride: int = 1, dilation: int = 1
    ) -> None:
        super().__init__(
            [
                DepthwiseConv2d(in_channels, stride, dilation),
                BatchNorm(in_channels, tf.nn.relu),
                ConvBlock(in_channels, out_channels, kernel=1),
            ]
        )


class PoseModel(tl.models.Model):
    """Base of the architectures: a TensorLayer model whose `infer(x)` runs it."""

    def infer(self, x: tf.Tensor) -> tuple[Any, ...]:
        """Return `forward(x)` in evaluation mode."""
        self.eval()
        return self.forward(x, is_train=False)


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
