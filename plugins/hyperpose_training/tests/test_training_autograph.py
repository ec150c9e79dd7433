"""Python branches on tensors, in all that is not ours, become branches of the traced step."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from small_net import Losses, SmallNet, batch, make_step

from hyperpose_core.build.strategy import SingleTrain
from hyperpose_core.config import Config
from hyperpose_core.layers import BatchNorm, Conv2d, Sequential
from hyperpose_training.scoring.validation import loss_function
from hyperpose_training.steps.objectives import Objectives
from hyperpose_training.steps.step import TrainStep


def branched(value):
    """Return a value by way of what fails where nobody puts it into the graph."""
    if tf.reduce_sum(value) > 1e9:
        value = value + 1
    return value


class BranchingLosses(Losses):
    def losses(self, model, outputs, targets):
        return {"loss": branched(super().losses(model, outputs, targets)["loss"])}


class BranchingLayers(Sequential):
    def forward(self, x):
        return branched(super().forward(x))


class ForwardNet(SmallNet):
    def forward(self, x, is_train=False):
        return (branched(super().forward(x, is_train)[0]),)


class LossNet(SmallNet):
    def cal_loss(self, predicted, gt):
        return branched(super().cal_loss(predicted, gt))


class BackboneNet(SmallNet):
    def first_layers(self):
        return BranchingLayers([Conv2d(3, 4), BatchNorm(4, branched)])


class Two(SingleTrain):
    """Says that there are two workers, whose numbers are the same, and branches on them."""

    size = 2

    def mean(self, value):
        return branched(value)

    def apply(self, variables, gradients, update, step):
        if step >= 0:
            update(gradients)


class Calm:
    """An objective that branches on the features."""

    def __init__(self):
        self.variables = {}

    def losses(self, features, targets, progress):
        return {"loss": branched(tf.reduce_mean(features))}


def step_of(part, accumulate):
    nets = {"forward": ForwardNet, "cal_loss": LossNet, "backbone": BackboneNet}
    config = Config()
    config.train.accumulate = accumulate
    preprocessor = BranchingLosses() if part == "losses" else Losses()
    strategy = (Two if part == "strategy" else SingleTrain)(config.train)
    objectives = Objectives({"calm": Calm()} if part == "objective" else {})
    return TrainStep(nets.get(part, SmallNet)(), preprocessor, strategy, config, objectives)


PARTS = ["forward", "cal_loss", "backbone", "losses", "strategy", "objective"]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_step(part, accumulate):
    step = step_of(part, accumulate)
    before = step.weights["head/filters"].numpy()
    assert step(*batch(), 0.1, 0)["finite"] == 1
    assert (step.weights["head/filters"].numpy() != before).any()


@pytest.mark.parametrize("net", [ForwardNet, LossNet, BackboneNet])
def test_a_validation(net):
    found = loss_function(net(), BranchingLosses(), "channels_last")(*batch())
    assert np.isfinite(found["loss"])


@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_step_is_traced_once(accumulate):
    forwards = []

    class Counting(SmallNet):
        def forward(self, x, is_train=False):
            forwards.append(is_train)
            return super().forward(x)

    step = make_step(Counting, accumulate=accumulate)
    for number in range(3):
        step(*batch(number), 0.1 / (number + 1), number)
    assert forwards == [True]
