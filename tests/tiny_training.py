"""A training in a second: a user's own architecture, traced in no time, on a few drawn people."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf
import tensorlayer as tl
from tiny_runs import settings

from hyperpose_core import get_dataset, get_model, get_train
from hyperpose_core.config import Config, resolve_config
from hyperpose_core.layers import BatchNorm, Conv2d
from hyperpose_core.registry import Registry
from hyperpose_training.result import TrainResult


class Tiny(tl.models.Model):
    """Two layers with the maps and the loss of the openpose family."""

    def __init__(self, config):
        super().__init__()
        skeleton = config.model.skeleton
        self.features, self.norm = Conv2d(3, 8, kernel=9, stride=8), BatchNorm(8)
        self.conf = Conv2d(8, len(skeleton) + 1, kernel=1)
        self.paf = Conv2d(8, 2 * len(skeleton.limbs), kernel=1)

    def forward(self, x, is_train=False):
        features = tf.nn.relu(self.norm.forward(self.features.forward(x)))
        conf, paf = self.conf.forward(features), self.paf.forward(features)
        return (conf, paf, [conf], [paf]) if is_train else (conf, paf)

    def cal_loss(self, gt_conf, gt_paf, mask, stage_confs, stage_pafs):
        conf = [tf.reduce_mean(mask * tf.square(c - gt_conf)) for c in stage_confs]
        paf = [tf.reduce_mean(mask * tf.square(p - gt_paf)) for p in stage_pafs]
        return tf.add_n(conf + paf), conf, paf


def config_of(folder: Path, *more: str) -> Config:
    """Return the configuration of a training of `Tiny`, kept in `folder/run`."""
    texts = settings(
        folder / "pictures",
        *(f"log.save_dir={folder}", "model.name=run", "log.quiet=true", "train.schedule=constant"),
        *("train.vis_interval=3", "train.eval_interval=2", "train.keep_checkpoints=2"),
        *("train.best_metric=loss", "train.ema_decay=0.5", *more),
    )
    config = resolve_config(sets=texts)
    config.model.arch = Tiny
    return config


def train(
    config: Config, registry: Registry | None = None, resume: bool | None = None
) -> TrainResult:
    """Train as a configuration says."""
    return get_train(config, registry)(get_model(config), get_dataset(config), resume)
