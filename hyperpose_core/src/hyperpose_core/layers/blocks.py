"""Batch normalisation, and the blocks of it and convolutions that networks repeat."""

from __future__ import annotations

import tensorflow as tf

from hyperpose_core.layers.base import Activation, Layer, Sequential
from hyperpose_core.layers.convolution import Conv2d, DepthwiseConv2d, zeros

EPSILON = 1e-5
"""What batch normalisation adds to the variance."""


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
        self,
        in_channels: int,
        out_channels: int,
        stride: int = 1,
        dilation: int = 1,
        act: Activation | None = tf.nn.relu,
    ) -> None:
        super().__init__(
            [
                DepthwiseConv2d(in_channels, stride, dilation),
                BatchNorm(in_channels, act),
                ConvBlock(in_channels, out_channels, kernel=1, act=act),
            ]
        )
