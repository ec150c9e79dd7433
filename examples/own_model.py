"""Train an architecture of your own: a class with TensorLayer's layers.

    python examples/own_model.py [GROUP.KEY=VALUE ...]

It is trained by the pipelines of the model type, here OpenPose's: confidence maps of the keypoints,
and part affinity fields of the limbs, at an eighth of the input's size.
"""

import sys

import tensorflow as tf
from tensorlayer.layers import Conv2d, LayerList
from tensorlayer.models import Model as Base

from hyperpose import Config, Dataset, Model
from hyperpose_core.config import parse_option


class MyModel(Base):
    def __init__(self, config):
        super().__init__()
        skeleton = config.model.skeleton
        self.features = LayerList(
            [conv(3, 32, stride=2), conv(32, 64, stride=2), conv(64, 128, stride=2)]
        )
        self.conf = conv(128, len(skeleton) + 1, act=None)
        self.paf = conv(128, 2 * len(skeleton.limbs), act=None)

    def forward(self, x, is_train=False):
        features = self.features.forward(x)
        conf_map, paf_map = self.conf.forward(features), self.paf.forward(features)
        if is_train:
            return conf_map, paf_map, [conf_map], [paf_map]
        return conf_map, paf_map

    def infer(self, x):
        return self.forward(x, is_train=False)

    def cal_loss(self, gt_conf, gt_paf, mask, stage_confs, stage_pafs):
        loss_confs = [tf.reduce_mean(mask * (conf - gt_conf) ** 2) for conf in stage_confs]
        loss_pafs = [tf.reduce_mean(mask * (paf - gt_paf) ** 2) for paf in stage_pafs]
        return tf.add_n(loss_confs + loss_pafs), loss_confs, loss_pafs


def conv(in_channels, out_channels, stride=1, act=tf.nn.relu):
    return Conv2d(
        n_filter=out_channels,
        filter_size=(3, 3),
        strides=(stride, stride),
        act=act,
        padding="SAME",
        in_channels=in_channels,
    )


Config.set_model_name("my_own_model")
Config.set_model_type(Config.MODEL.MobilenetThinOpenpose)
Config.set_model_arch(MyModel)
Config.set_dataset_type(Config.DATA.Synthetic)
Config.set_option("model.input_size", (192, 192))
Config.set_batch_size(8)
Config.set_n_step(200)
for word in sys.argv[1:]:
    Config.set_option(*parse_option(word))

config = Config.get_config()
model, dataset = Model.get_model(config), Dataset.get_dataset(config)
Model.get_train(config)(model, dataset)
result = Model.get_eval(config)(model, dataset)
print(f"AP {result.metrics['AP']:.3f} over {result.images} images")
