"""The discriminator: says from an image's features which domain the image is from."""

from __future__ import annotations

import tensorflow as tf

from hyperpose_core.layers import Conv2d, Layer


class Discriminator(Layer):
    """Two convolutions of stride 2, the mean over the image, and a linear layer.

    The mean makes it one for inputs of all sizes. The 2021 library's has five convolutions and
    three dense layers, about a hundred million weights.

    Args:
        in_channels: of the features.
        channels: of the convolutions.
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.conv1 = Conv2d(in_channels, channels, stride=2, act=tf.nn.relu)
        self.conv2 = Conv2d(channels, channels, stride=2, act=tf.nn.relu)
        self.last = Conv2d(channels, 1, kernel=1, std=0.01)

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        """Return `[N]` float32 logits of being from the unlabelled domain."""
        x = self.conv2.forward(self.conv1.forward(tf.cast(x, tf.float32)))
        return self.last.forward(tf.reduce_mean(x, (1, 2), keepdims=True))[:, 0, 0, 0]
