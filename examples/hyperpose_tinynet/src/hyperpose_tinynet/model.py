"""TinyNet: one stage of two layers on a backbone, with the openpose family's maps and loss."""

import tensorflow as tf

from hyperpose_core import ConfigError
from hyperpose_core.layers import Conv2d, ConvBlock, PoseModel
from hyperpose_core.skeletons import Skeleton

BODY = Skeleton(
    "tinynet-body",
    keypoints=(
        *("nose", "neck", "left_shoulder", "right_shoulder", "left_wrist", "right_wrist"),
        *("left_hip", "right_hip", "left_ankle", "right_ankle"),
    ),
    limbs=((0, 1), (1, 2), (1, 3), (2, 4), (3, 5), (1, 6), (1, 7), (6, 8), (7, 9)),
    derived={"neck": ("left_shoulder", "right_shoulder")},
)
"""The keypoints are COCO's by their names, so nothing has to be converted; the neck is derived."""


class TinyNet(PoseModel):
    def __init__(self, *, skeleton, backbone, config):
        super().__init__()
        if config.data_format != "channels_last":
            raise ConfigError(f"TinyNet knows no {config.data_format}: leave model.data_format out")
        self.backbone = backbone(stride=8)
        self.n_conf, self.n_paf = len(skeleton) + 1, 2 * len(skeleton.limbs)
        self.hidden = ConvBlock(self.backbone.out_channels, 128)
        self.maps = Conv2d(128, self.n_conf + self.n_paf, kernel=1, std=0.01)

    def forward(self, x, is_train=False):
        maps = self.maps.forward(self.hidden.forward(self.backbone.forward(x)))
        conf_map, paf_map = tf.split(maps, [self.n_conf, self.n_paf], axis=-1)
        if is_train:
            return conf_map, paf_map, [conf_map], [paf_map]
        return conf_map, paf_map

    def cal_loss(self, gt_conf, gt_paf, mask, stage_confs, stage_pafs):
        loss_confs = [tf.reduce_mean(mask * (conf - gt_conf) ** 2) for conf in stage_confs]
        loss_pafs = [tf.reduce_mean(mask * (paf - gt_paf) ** 2) for paf in stage_pafs]
        return tf.add_n(loss_confs + loss_pafs), loss_confs, loss_pafs
