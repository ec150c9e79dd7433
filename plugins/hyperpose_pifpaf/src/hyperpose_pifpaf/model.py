"""Pifpaf: composite fields on a residual network (Kreiss et al., arXiv 1903.06593)."""

from __future__ import annotations

from dataclasses import replace

import tensorflow as tf

from hyperpose_core.config import ModelConfig
from hyperpose_core.contracts import Backbone, BackboneFactory, NamedChannels
from hyperpose_core.errors import InputError
from hyperpose_core.layers import PoseModel
from hyperpose_core.skeletons import Skeleton
from hyperpose_pifpaf.fields import PAF, PIF
from hyperpose_pifpaf.head import Head, channel_names
from hyperpose_pifpaf.losses import confidence_loss, each, scale_loss, vector_loss
from hyperpose_pifpaf.options import Options

STRIDE = 8
BACKBONE_STRIDES = (16, 8, 32)
"""The paper's, and what backbones have that lack it."""
SCALE = 0.2
"""Weight of the scales' losses against the others'."""

Maps = tuple[tf.Tensor, ...]


class Pifpaf(PoseModel):
    """A backbone and two heads: 1x1 convolutions, enlarged to stride 8 by sub-pixel convolution.

    Args:
        skeleton: K keypoints and L limbs.
        backbone: called with stride 16, and where it has none with 8 or 32.
        config: `data_format` and the option `focal` are used.
    """

    def __init__(
        self, *, skeleton: Skeleton, backbone: BackboneFactory, config: ModelConfig
    ) -> None:
        super().__init__()
        self.skeleton = skeleton
        self.channels_first = config.data_format == "channels_first"
        self.focal = Options.read(config.options).focal
        self.backbone = _made(backbone)
        self.factor = self.backbone.stride // STRIDE
        channels = self.backbone.out_channels
        self.pif = Head(channels, PIF, len(skeleton), self.factor)
        self.paf = Head(channels, PAF, len(skeleton.limbs), self.factor) if skeleton.limbs else None

    def forward(self, x: tf.Tensor, is_train: bool = False) -> Maps:
        """Run the network.

        Args:
            x: `[N, H, W, 3]` float32 RGB in [0, 1] (`[N, 3, H, W]` in channels_first).
            is_train: also return what only the loss needs.

        Returns:
            the maps that `fields.MAPS` names, in training all of `fields.OUTPUTS`, `[N, h, w, C]`
            (`[N, C, h, w]` in channels_first).
        """
        x = tf.transpose(x, (0, 2, 3, 1)) if self.channels_first else x
        rows, columns = _size(x)
        features = self.backbone.forward(_whole(x - 0.5, self.backbone.stride))
        maps, for_loss = [], []
        for head in (self.pif, self.paf):
            found = head.forward(features) if head is not None else (features[..., :0],) * 4
            logits, vectors, scales, spreads = (
                m[:, : rows // STRIDE, : columns // STRIDE] for m in found
            )
            height = tf.cast(rows // STRIDE, tf.float32)
            confidence, plain = tf.nn.sigmoid(logits), (vectors / height, scales / height)
            maps += [confidence, *(each(confidence, lengths) * lengths for lengths in plain)]
            for_loss += [logits, *plain, spreads]
        outputs = [*maps, *for_loss] if is_train else maps
        if self.channels_first:
            outputs = [tf.transpose(m, (0, 3, 1, 2)) for m in outputs]
        return tuple(outputs)

    def named_channels(self) -> dict[str, NamedChannels]:
        """Return which channels of the heads belong to which keypoint or limb."""
        keypoints = self.skeleton.keypoints
        limbs = [[keypoints[i] for i in limb] for limb in self.skeleton.limbs]
        named = {"pif": channel_names(PIF, [[name] for name in keypoints], self.factor)}
        if limbs:
            named["paf"] = channel_names(PAF, limbs, self.factor)
        return {
            f"{head}/conv/{kind}": replace(channels, axis=axis)
            for head, channels in named.items()
            for kind, axis in (("filters", 3), ("biases", 0))
        }

    def cal_loss(self, *, mask: tf.Tensor, **tensors: tf.Tensor) -> Maps:
        """Cross-entropy of the confidences, Laplace's loss of the vectors, errors of the scales.

        Args:
            mask: `[N, h, w, 1]` (`[N, 1, h, w]`), where empty cells count.
            tensors: what `forward` returned in training, by `fields.OUTPUTS`, and the targets by
                `fields.MAPS` with the prefix `gt_`.

        Returns:
            the six losses that `fields.LOSSES` names; the loss is their sum.
        """
        given = {"mask": mask, **tensors}
        if self.channels_first:
            given = {name: tf.transpose(m, (0, 2, 3, 1)) for name, m in given.items()}
        given = {name: tf.cast(m, tf.float32) for name, m in given.items()}
        return (*self._field_losses("pif", given), *self._field_losses("paf", given))

    def _field_losses(self, field: str, given: dict[str, tf.Tensor]) -> Maps:
        there = given[f"gt_{field}_confidence"]
        height = tf.cast(tf.shape(there)[1], tf.float32)
        vectors, scales = given[f"{field}_plain_vectors"], given[f"{field}_plain_scales"]
        true, spreads = given[f"gt_{field}_vectors"], given[f"{field}_spreads"]
        return (
            confidence_loss(given[f"{field}_logits"], there, given["mask"], self.focal),
            vector_loss(vectors * height, true * height, spreads, there),
            SCALE * scale_loss(scales, given[f"gt_{field}_scales"], there),
        )


def _made(backbone: BackboneFactory) -> Backbone:
    """Return the backbone at the first stride that it has."""
    for stride in BACKBONE_STRIDES[:-1]:
        try:
            return backbone(stride=stride)
        except InputError:
            continue
    return backbone(stride=BACKBONE_STRIDES[-1])


def _size(x: tf.Tensor) -> tuple[int | tf.Tensor, int | tf.Tensor]:
    """Return height and width, as numbers where they are known."""
    dynamic = tf.shape(x)
    rows, columns = (x.shape[i] if x.shape[i] is not None else dynamic[i] for i in (1, 2))
    return rows, columns


def _whole(x: tf.Tensor, stride: int) -> tf.Tensor:
    """Fill up rows and columns to whole cells of the features, which are then cut off again."""
    sides = _size(x)
    # Of positive numbers: runtimes differ in the remainders of negative ones.
    below, right = ((stride - side % stride) % stride for side in sides)
    if all(isinstance(more, int) and not more for more in (below, right)):
        return x
    filled = tf.pad(x, [[0, 0], [0, below], [0, right], [0, 0]])
    # Where sizes are not known, padding forgets the number of channels; some exporters need it.
    return tf.reshape(filled, (-1, sides[0] + below, sides[1] + right, x.shape[-1]))
