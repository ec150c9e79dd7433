"""Weights go over to a Poseproposal of other parts, by the names of parts and limbs."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hyperpose_core import Config, Skeleton, get_model
from hyperpose_core.build.weights import named_weights
from hyperpose_training.start.transfer import transfer

THEIRS = Skeleton("theirs", ("nose", "instance", "hand"), ((1, 0), (1, 2)))
OURS = Skeleton("ours", ("hand", "nose", "instance", "tail"), ((2, 0), (2, 1), (2, 3)))


def model(skeleton, window, seed=0):
    config = Config()
    config.model.type, config.model.backbone = "Poseproposal", "Vggtiny"
    config.model.skeleton, config.model.width, config.train.seed = skeleton, 0.125, seed
    config.model.input_size, config.model.options = (64, 64), {"window": window}
    return get_model(config)


def test_parts_and_limbs_keep_their_maps_in_another_window_too():
    theirs, ours = model(THEIRS, [5, 5]), model(OURS, [7, 3], seed=1)
    arrays = {name: variable.numpy() for name, variable in named_weights(theirs).items()}
    found = transfer(ours, arrays, theirs)
    assert not found.new
    assert found.channels["tail, x"] == "new"
    image = tf.constant(np.random.default_rng(0).random((1, 64, 64, 3), np.float32))
    before, after = theirs.infer(image), ours.infer(image)
    for old, new in zip(before[:6], after[:6], strict=True):
        np.testing.assert_allclose(new.numpy()[..., :3], old.numpy()[..., [2, 0, 1]], rtol=1e-5)
    edges = before[6].numpy().reshape((2, 2, 5, 5, 2))  # rows, columns, limbs
    moved = after[6].numpy().reshape((2, 2, 3, 7, 3))
    np.testing.assert_allclose(moved[:, :, :, 1:6, :2], edges[:, :, 1:4, :, [1, 0]], rtol=1e-5)
