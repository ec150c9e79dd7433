"""Normalisation while a model learns: with the batch, or frozen."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from small_net import batch, make_step, values


def evaluated(step, images, targets):
    """Return the loss in evaluation mode."""
    model = step.gradients.model
    model.eval()
    return float(model.cal_loss(predicted=model.forward(images)[0], gt=targets["gt"]))


def unlike_the_batch(step):
    """Give the moving statistics values that no batch here has."""
    for number, (name, variable) in enumerate(step.groups.statistics.items()):
        variable.assign(tf.fill(variable.shape, 0.3 * (number + 1)), name)


def test_frozen_normalises_with_the_moving_statistics_and_keeps_them():
    step = make_step(norm="frozen")
    unlike_the_batch(step)
    images, targets = batch()
    before, expected = values(step.weights), evaluated(step, images, targets)
    losses = step(images, targets, 0.1, 0)
    np.testing.assert_allclose(losses["loss"], expected, rtol=1e-6)
    after = values(step.weights)
    for name in step.groups.statistics:
        np.testing.assert_array_equal(after[name], before[name], err_msg=name)
    changed = [name for name in step.groups.trained if (after[name] != before[name]).any()]
    assert set(changed) == set(step.groups.trained), "factor and addend learn as before"


def test_with_the_batch_the_network_is_another_one():
    step = make_step(norm="batch")
    unlike_the_batch(step)
    images, targets = batch()
    before, expected = values(step.weights), evaluated(step, images, targets)
    losses = step(images, targets, 0.0, 0)
    assert abs(float(losses["loss"]) - expected) > 0.1 * expected
    after = values(step.weights)
    assert all((after[name] != before[name]).any() for name in step.groups.statistics)


def test_a_frozen_backbone_in_training_is_that_of_evaluation():
    step = make_step(freeze=["backbone*"])
    unlike_the_batch(step)
    images, targets = batch()
    model = step.gradients.model
    model.eval()
    expected = model.backbone.forward(images).numpy()
    step(images, targets, 0.1, 0)
    # The mode that the step was traced in is still set.
    np.testing.assert_array_equal(model.backbone.forward(images).numpy(), expected)
