"""Keypoints that a dataset does not annotate get no gradient, whatever the model's loss is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core.skeletons import Skeleton
from hyperpose_openpose.family import OpenposeModel
from hyperpose_openpose.preprocess import Preprocessor

SKELETON = Skeleton("t", ("head", "neck", "hand", "foot"), ((0, 1), (1, 2), (2, 3), (0, 3)))
UNKNOWN = 2
WITH_UNKNOWN = [1, 2]


class Own:
    """The loss of a user's model: a mean over everything, which knows nothing of labels."""

    def cal_loss(self, gt_conf, gt_paf, mask, stage_confs, stage_pafs):
        confs = [tf.reduce_mean(mask * (conf - gt_conf) ** 2) for conf in stage_confs]
        pafs = [tf.reduce_mean(mask * (paf - gt_paf) ** 2) for paf in stage_pafs]
        return tf.add_n(confs + pafs), confs, pafs


class Absolute(Own):
    """Another loss, the gradient of which does not vanish with the error."""

    def cal_loss(self, gt_conf, gt_paf, mask, stage_confs, stage_pafs):
        confs = [tf.reduce_sum(mask * tf.abs(conf - gt_conf)) for conf in stage_confs]
        pafs = [tf.reduce_sum(mask * tf.abs(paf - gt_paf)) for paf in stage_pafs]
        return tf.add_n(confs + pafs), confs, pafs


class Ours(Own):
    cal_loss = OpenposeModel.cal_loss


def targets(pre: Preprocessor, *labelled: Any) -> dict[str, tf.Tensor]:
    people = tf.random.stateless_uniform((3, 4, 3), (1, 2), 1, 31)
    mask = tf.concat([tf.zeros((32, 8, 1)), tf.ones((32, 40, 1))], axis=1)
    one = pre.encode(people, tf.zeros((3, 4)), mask, *labelled)
    return {name: tf.stack([value, value]) for name, value in one.items()}


def gradients(
    model: Any, pre: Preprocessor, given: dict[str, tf.Tensor], data_format: str
) -> tuple[float, list[np.ndarray]]:
    """Return the loss and its gradients by all four maps of two stages, channels last."""
    maps = [tf.random.stateless_uniform((2, 4, 6, c), (5, i)) for i, c in enumerate((5, 8, 5, 8))]
    first = data_format == "channels_first"
    if first:
        maps = [tf.transpose(m, (0, 3, 1, 2)) for m in maps]
        given = {name: tf.transpose(value, (0, 3, 1, 2)) for name, value in given.items()}
    with tf.GradientTape() as tape:
        tape.watch(maps)
        outputs = (maps[2], maps[3], [maps[0], maps[2]], [maps[1], maps[3]])
        loss = pre.losses(model, outputs, given)["loss"]
    found = tape.gradient(loss, maps)
    last = [tf.transpose(g, (0, 2, 3, 1)) if first else g for g in found]
    return float(loss), [g.numpy() for g in last]


@pytest.fixture
def pre() -> Preprocessor:
    return Preprocessor(skeleton=SKELETON, input_size=(48, 32), stride=8, options={})


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("model", [Ours(), Own(), Absolute()], ids=["ours", "own", "absolute"])
def test_no_gradient_where_nothing_is_known_and_the_same_elsewhere(model, pre, data_format) -> None:
    labelled = np.arange(4) != UNKNOWN
    before, all_known = gradients(model, pre, targets(pre), data_format)
    loss, found = gradients(model, pre, targets(pre, tf.constant(labelled)), data_format)
    assert loss < before
    conf_known = np.append(labelled, False)
    paf_known = np.repeat([limb not in WITH_UNKNOWN for limb in range(4)], 2)
    for known, gradient, full in zip([conf_known, paf_known] * 2, found, all_known, strict=True):
        assert np.array_equal(gradient[..., ~known], np.zeros_like(gradient[..., ~known]))
        np.testing.assert_array_equal(gradient[..., known], full[..., known])
        assert np.abs(gradient[..., known]).max() > 0


@pytest.mark.parametrize("model", [Ours(), Own()], ids=["ours", "own"])
def test_with_everything_known_the_numbers_are_bit_equal(model, pre) -> None:
    without = gradients(model, pre, targets(pre), "channels_last")
    known = gradients(model, pre, targets(pre, tf.ones(4, tf.bool)), "channels_last")
    assert without[0] == known[0]
    for a, b in zip(without[1], known[1], strict=True):
        np.testing.assert_array_equal(a, b)


def test_one_image_of_a_batch_does_not_hide_the_others(pre) -> None:
    known, partly = (
        targets(pre, tf.ones(4, tf.bool)),
        targets(pre, tf.constant([True] * 3 + [False])),
    )
    mixed = {name: tf.stack([known[name][0], partly[name][0]]) for name in known}
    _, (conf, *_) = gradients(Ours(), pre, mixed, "channels_last")
    assert np.abs(conf[0, ..., 3]).max() > 0
    assert not conf[1, ..., 3].any()
    assert not conf[1, ..., 4].any()


def test_a_skeleton_without_limbs(pre) -> None:
    bare = Preprocessor(
        skeleton=Skeleton("b", ("a", "b")), input_size=(48, 32), stride=8, options={}
    )
    encoded = bare.encode(
        tf.ones((1, 2, 3)), tf.zeros((1, 4)), tf.ones((32, 48, 1)), tf.constant([True, False])
    )
    assert encoded["paf_labelled"].shape == (1, 1, 0)
