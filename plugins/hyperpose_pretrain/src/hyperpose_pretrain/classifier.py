"""BackboneClassifier: the network in which a backbone learns to classify images."""

from __future__ import annotations

import tensorflow as tf

from hyperpose_core.config import ModelConfig
from hyperpose_core.contracts import Backbone, BackboneFactory
from hyperpose_core.errors import InputError
from hyperpose_core.layers import Conv2d, PoseModel
from hyperpose_core.skeletons import Skeleton

STRIDES = (32, 16, 8, 4)
"""Where the backbone ends: the first of these that it has."""


class BackboneClassifier(PoseModel):
    """A backbone, the mean of its features over the image, and a linear layer.

    The weights of the backbone are named as in every architecture, `backbone/...`, and it sees the
    same input, so that what it learns here starts any of them.

    Args:
        skeleton: its names are those of the classes.
        backbone: called with the largest stride that it has.
        config: `data_format` is used.
    """

    def __init__(
        self, *, skeleton: Skeleton, backbone: BackboneFactory, config: ModelConfig
    ) -> None:
        super().__init__()
        self.channels_first = config.data_format == "channels_first"
        self.backbone = _deepest(backbone)
        self.classifier = Conv2d(self.backbone.out_channels, len(skeleton), kernel=1, std=0.01)

    def forward(self, x: tf.Tensor, is_train: bool = False) -> tuple[tf.Tensor]:
        """Return `(logits,)`, `[N, 1, 1, classes]` float32 (`[N, classes, 1, 1]` in
        channels_first), for images `[N, H, W, 3]` float32 RGB in [0, 1].
        """
        x = tf.transpose(x, (0, 2, 3, 1)) if self.channels_first else x
        features = self.backbone.forward(x - 0.5)
        logits = self.classifier.forward(tf.reduce_mean(features, (1, 2), keepdims=True))
        return (tf.transpose(logits, (0, 3, 1, 2)) if self.channels_first else logits,)

    def cal_loss(self, logits: tf.Tensor, label: tf.Tensor) -> tf.Tensor:
        """Return the mean cross entropy of `[N, classes]` logits with `[N]` classes."""
        logits = tf.cast(logits, tf.float32)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=label, logits=logits)
        return tf.reduce_mean(losses)


def _deepest(backbone: BackboneFactory) -> Backbone:
    for stride in STRIDES[:-1]:
        try:
            return backbone(stride=stride)
        except InputError:
            continue
    return backbone(stride=STRIDES[-1])
