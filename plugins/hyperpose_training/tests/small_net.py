"""A network of two layers with a loss, for tests of the train step."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hyperpose_core.build.strategy import SingleTrain
from hyperpose_core.config import Config
from hyperpose_core.layers import BatchNorm, Conv2d, PoseModel, Sequential
from hyperpose_training.steps.step import TrainStep


class SmallNet(PoseModel):
    """Convolution, batch normalisation, convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = self.first_layers()
        self.head = Conv2d(4, 2)

    def first_layers(self):
        return Sequential([Conv2d(3, 4), BatchNorm(4, tf.nn.relu)])

    def forward(self, x, is_train=False):
        del is_train
        return (self.head.forward(self.backbone.forward(x)),)

    def cal_loss(self, predicted, gt):
        return tf.reduce_mean(tf.square(predicted - gt))


class PlainNet(SmallNet):
    """The same without normalisation."""

    def first_layers(self):
        return Sequential([Conv2d(3, 4, act=tf.nn.relu)])


class Losses:
    """The part of a preprocessor that the train step uses."""

    def losses(self, model, outputs, targets):
        return {"loss": model.cal_loss(predicted=outputs[0], gt=targets["gt"])}


def make_step(make_model=SmallNet, seed=0, **train):
    """Return a train step on a small network: SGD without momentum, decay, clipping."""
    tf.random.set_seed(seed)
    config = Config()
    plain = {"optimizer": "SGD", "momentum": 0.0, "weight_decay": 0.0, "clip_norm": 0.0}
    for name, value in {**plain, **train}.items():
        setattr(config.train, name, value)
    return TrainStep(make_model(), Losses(), SingleTrain(config.train), config)


def batch(seed=0, size=4, side=8):
    """Return images and targets."""
    random = np.random.default_rng(seed)
    images = random.uniform(size=(size, side, side, 3)).astype(np.float32)
    gt = random.normal(size=(size, side, side, 2)).astype(np.float32)
    return tf.constant(images), {"gt": tf.constant(gt)}


def values(variables):
    """Return name to array."""
    return {name: variable.numpy() for name, variable in variables.items()}
