"""A stranger's plugin of every kind that a training needs, to be broken promise by promise."""

from __future__ import annotations

PLUGIN = """
from hyperpose_core import hookimpl, specs

@hookimpl
def hyperpose_register_models():
    yield specs.ModelSpec(
        name="Frail", target="frail:Net", family="frail", default_backbone="FrailBack", stride=8
    )

@hookimpl
def hyperpose_register_backbones():
    yield specs.BackboneSpec(name="FrailBack", target="frail:backbone")

@hookimpl
def hyperpose_register_datasets():
    yield specs.DatasetSpec(name="Frails", target="frail:Dots", skeleton=None)

@hookimpl
def hyperpose_register_preprocessors():
    yield specs.PreprocessorSpec(name="frail", target="frail:Encoder", family="frail")

@hookimpl
def hyperpose_register_postprocessors():
    yield specs.PostprocessorSpec(name="frail", target="frail:Decoder", family="frail")

@hookimpl
def hyperpose_register_visualizers():
    yield specs.VisualizerSpec(name="frail", target="frail:picture", family="frail")

@hookimpl
def hyperpose_register_train_objectives():
    yield specs.ObjectiveSpec(name="calm", target="frail:Calm")

@hookimpl
def hyperpose_register_weight_importers():
    yield specs.WeightImporterSpec(name="frails", target="frail:importer")
"""

TARGETS = """
from pathlib import Path

import numpy as np
import tensorflow as tf

from hyperpose_core import Human, Sample, Skeleton
from hyperpose_core.layers import Conv2d, PoseModel

DOTS = Skeleton("dots", ("left_dot", "right_dot"), limbs=((0, 1),))

LOST = [tf.Variable(tf.zeros([4]), name="lost")]

class Back(PoseModel):
    out_channels, stride = 4, 8
    def __init__(self):
        super().__init__()
        self.conv = Conv2d(3, 4, kernel=9, stride=8)
    def forward(self, x):
        return self.conv.forward(x)

def backbone(stride):
    return Back()

class Net(PoseModel):
    def __init__(self, *, skeleton, backbone, config):
        super().__init__()
        self.backbone = backbone(stride=8)
        self.head = Conv2d(self.backbone.out_channels, len(skeleton), kernel=1)
    def forward(self, x, is_train=False):
        heat = self.head.forward(self.backbone.forward(x))
        return (heat,)
    def cal_loss(self, predicted, heat, mask):
        return tf.reduce_mean(mask * tf.square(predicted - heat))

class Encoder:
    map_names = ("heat",)
    def __init__(self, *, skeleton, input_size, stride, options):
        self.shape = (input_size[1] // stride, input_size[0] // stride)
        self.count = len(skeleton)
    def encode(self, keypoints, boxes, mask, labelled=None):
        heat = tf.zeros([*self.shape, self.count]) + tf.reduce_mean(keypoints[..., 2]) / 9
        return {"heat": heat, "mask": tf.ones([*self.shape, 1])}
    def losses(self, model, outputs, targets):
        heat, mask = targets["heat"], targets["mask"]
        return {"loss": model.cal_loss(predicted=outputs[0], heat=heat, mask=mask)}

class Decoder:
    def __init__(self, *, skeleton, stride, options):
        self.skeleton = skeleton
    def __call__(self, maps):
        return [Human(np.ones((len(self.skeleton), 3), np.float32), 0.5, self.skeleton)]

def picture(image, maps, skeleton):
    return image

class Dots:
    skeleton = DOTS
    def __init__(self, config):
        self.folder = Path(config.path)
    def train_samples(self):
        return self.samples(4)
    def eval_samples(self):
        return self.samples(2)
    def samples(self, count):
        return [self.sample(number) for number in range(count)]
    def sample(self, number):
        points, boxes = np.ones((2, 2, 3), np.float32), np.ones((2, 4), np.float32)
        points[..., 0] = number
        return Sample(f"image-{number}", self.folder / f"{number}.png", 64, 64, points, boxes)
    def evaluate(self, humans, image_ids=None):
        return {"people": float(sum(map(len, humans.values())))}
    def to_results(self, humans):
        return []

class Calm:
    variables = {}
    def __init__(self, model, config):
        ...
    def samples(self, skeleton):
        return []
    def losses(self, features, targets, progress):
        return {"loss": 0.0 * tf.reduce_mean(features)}

class Importer:
    def recognises(self, path):
        return True
    def read(self, path, model):
        return {}
    def settings(self, path):
        return {}

importer = Importer()
"""
