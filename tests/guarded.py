"""A guarded train step on a small network that can be made to give what is not finite."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
import tensorlayer as tl

from hyperpose_coco.skeleton import COCO
from hyperpose_core.build.strategy import SingleTrain
from hyperpose_core.config import Config
from hyperpose_core.contracts import Batch, Model
from hyperpose_core.data.samples import Sample
from hyperpose_core.layers import BatchNorm, Conv2d, Sequential
from hyperpose_core.plugins import PluginRecord
from hyperpose_core.registry import make_registry
from hyperpose_core.runs import Run
from hyperpose_core.support.messages import Messages
from hyperpose_training.feeding.source import Source
from hyperpose_training.guard import Guard
from hyperpose_training.start.samples import Images, poisoned
from hyperpose_training.steps.step import TrainStep
from hyperpose_training.watching.listeners import PluginHooks


class Bad(tl.layers.Layer):
    """Gives what is not finite where its input is large."""

    def __init__(self) -> None:
        super().__init__()
        self._built = True

    def build(self, inputs_shape) -> None: ...

    def forward(self, x):
        return x * tf.where(tf.reduce_max(x) > 100, float("inf"), 1.0)


class Net(tl.models.Model):
    def __init__(self, middle: tl.layers.Layer | None = None) -> None:
        super().__init__()
        self.stem = Sequential([Conv2d(3, 4), Conv2d(4, 4)])
        if middle:
            self.middle = middle
        self.norm = BatchNorm(4)
        self.head = Conv2d(4, 1)

    def forward(self, x, is_train=False):
        x = self.stem.forward(x)
        x = self.middle.forward(x) if hasattr(self, "middle") else x
        return (self.head.forward(self.norm.forward(x)),)

    def cal_loss(self, predicted, target):
        return tf.reduce_mean(tf.square(predicted - target))


class Square:
    """A preprocessor whose targets are one map."""

    map_names = ("target",)

    def losses(self, model: Model, outputs, targets):
        return {"loss": model.cal_loss(predicted=outputs[0], target=targets["target"])}


class Rooted(Square):
    """A loss whose gradient is infinite where the output is 0, although it is finite itself."""

    def losses(self, model, outputs, targets):
        return {"loss": tf.reduce_sum(tf.sqrt(tf.abs(outputs[0] * 0.0)))}


def sample(number: int, **more) -> Sample:
    keypoints = np.full((1, len(COCO), 3), 2, np.float32)
    boxes = np.ones((1, 4), np.float32)
    return Sample(f"id-{number}", f"/photos/{number}.jpg", 8, 8, keypoints, boxes, **more)


def batch_of(**more) -> Batch:
    images = np.random.default_rng(0).random((2, 8, 8, 3)).astype(np.float32)
    targets = np.zeros((2, 8, 8, 1), np.float32)
    batch = {"images": images, "target": targets, **more}
    return Batch(
        tf.constant(batch["images"]),
        {"target": tf.constant(batch["target"])},
        tf.constant([0, 1], tf.int64),
    )


def diagnosing() -> list[PluginRecord]:
    """Return the plugin that says why a batch is not finite, as it is installed."""
    return [r for r in make_registry().records if r.name == "diagnosis"]


def world(tmp_path, net=None, preprocessor=None, allowed=0, samples=None, records=(), **train):
    config = Config()
    config.train.skip_bad_batches, config.train.batch_size = allowed, 2
    config.train.warmup_steps = 0
    for name, value in train.items():
        setattr(config.train, name, value)
    net = net or Net()
    strategy = SingleTrain(config.train)
    state = TrainStep(net, preprocessor or Square(), strategy, config)
    samples = samples or [sample(0), sample(1)]
    warnings: list[str] = []
    images = Images(
        Source(samples), [s.image_id for s in samples], poisoned(samples, COCO), config.train.seed
    )
    plugins = PluginHooks(records, Messages(silent=True))
    guard = Guard(Run(tmp_path / "run"), state, net, images, plugins, warnings.append)
    return net, state, guard, warnings


def step(state, guard, batch, number=1, rate=1e-3):
    losses = {n: float(v) for n, v in state(batch.images, batch.targets, rate, number - 1).items()}
    return guard.passes(batch, number, rate, losses, losses.pop("finite") > 0.5)


def values(state):
    return {name: variable.numpy().copy() for name, variable in state.variables.items()}


def unchanged(state, before):
    for name, value in values(state).items():
        np.testing.assert_array_equal(value, before[name], err_msg=name)
