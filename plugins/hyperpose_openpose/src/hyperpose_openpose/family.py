"""What the architectures of the openpose family share: stages that refine maps, and their loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from hyperpose_core.build.weights import named_weights
from hyperpose_core.contracts import Backbone, NamedChannels
from hyperpose_core.layers import Layer, PoseModel
from hyperpose_core.skeletons import Skeleton
from hyperpose_openpose.channels import named_channels

Maps = tuple[tf.Tensor, tf.Tensor]


class Stage(Layer):
    """Predicts confidence maps and part affinity fields from features.

    Args:
        trunk: what both branches share, or None.
        conf, paf: the branches, which end in a convolution without activation.
    """

    def __init__(self, conf: Layer, paf: Layer, trunk: Layer | None = None) -> None:
        super().__init__()
        self.trunk, self.conf, self.paf = trunk, conf, paf

    def forward(self, x: tf.Tensor) -> Maps:
        x = self.trunk.forward(x) if self.trunk is not None else x
        return self.conf.forward(x), self.paf.forward(x)


class OpenposeModel(PoseModel):
    """Features, a first stage, and stages that refine the maps of the one before.

    The second and later stages see the features and the maps of the stage before them (Cao et al.,
    arXiv 1611.08050, figure 3).

    Args:
        skeleton: K keypoints and L limbs.
        backbone: maps images to features.
        neck: adapts the features to the stages, or None.
        stages: at least one.
        data_format: layout of what `forward` takes and gives.
    """

    def __init__(
        self,
        skeleton: Skeleton,
        backbone: Backbone,
        neck: Layer | None,
        stages: Sequence[Stage],
        data_format: str = "channels_last",
    ) -> None:
        super().__init__()
        self.skeleton = skeleton
        self.channels_first = data_format == "channels_first"
        self.backbone = backbone
        self.neck = neck
        self.n_stages = len(stages)
        for i, stage in enumerate(stages):
            setattr(self, f"stage{i + 1}", stage)

    def forward(self, x: tf.Tensor, is_train: bool = False) -> tuple[Any, ...]:
        """Run the network.

        Args:
            x: `[N, H, W, 3]` float32 RGB in [0, 1] (`[N, 3, H, W]` in channels_first).
            is_train: also return the maps of every stage.

        Returns:
            `(conf_map, paf_map)` of the last stage, `[N, h, w, K + 1]` with the background last and
            `[N, h, w, 2 L]` with x and y of each limb in turn (`[N, C, h, w]` in channels_first);
            with `is_train` followed by the lists `stage_confs` and `stage_pafs`.
        """
        x = tf.transpose(x, (0, 2, 3, 1)) if self.channels_first else x
        features = self.backbone.forward(x - 0.5)
        features = self.neck.forward(features) if self.neck is not None else features
        confs: list[tf.Tensor] = []
        pafs: list[tf.Tensor] = []
        for i in range(self.n_stages):
            seen = tf.concat([features, pafs[-1], confs[-1]], -1) if i else features
            conf, paf = getattr(self, f"stage{i + 1}").forward(seen)
            confs.append(conf)
            pafs.append(paf)
        if self.channels_first:
            confs, pafs = ([tf.transpose(m, (0, 3, 1, 2)) for m in maps] for maps in (confs, pafs))
        return (confs[-1], pafs[-1], confs, pafs) if is_train else (confs[-1], pafs[-1])

    def named_channels(self) -> dict[str, NamedChannels]:
        """Return which channels of which weights belong to which keypoint or limb.

        The last layers make the maps; the first layer of a later stage sees them, and where it is
        separable, its normalisation and pointwise convolution too.
        """
        names = {n: tuple(v.shape) for n, v in named_weights(self).items()}
        return named_channels(names, self.skeleton, self.n_stages)

    def cal_loss(
        self,
        gt_conf: tf.Tensor,
        gt_paf: tf.Tensor,
        mask: tf.Tensor,
        stage_confs: Sequence[tf.Tensor],
        stage_pafs: Sequence[tf.Tensor],
    ) -> tuple[tf.Tensor, list[tf.Tensor], list[tf.Tensor]]:
        """Masked squared error of every stage (the paper's equations 5 and 6).

        Summed over the channels, averaged over batch and cells, so that it depends neither on the
        batch size nor on the input size.

        Returns:
            the loss, and its parts for each stage's confidence maps and part affinity fields; the
            loss is the sum of all parts.
        """
        loss_confs = [_squared_error(conf, gt_conf, mask) for conf in stage_confs]
        loss_pafs = [_squared_error(paf, gt_paf, mask) for paf in stage_pafs]
        return tf.add_n(loss_confs + loss_pafs), loss_confs, loss_pafs


def _squared_error(predicted: tf.Tensor, target: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    predicted = tf.cast(predicted, tf.float32)
    cells = tf.cast(tf.size(mask), tf.float32)
    return tf.reduce_sum(mask * tf.square(predicted - target)) / cells
