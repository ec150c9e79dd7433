"""The family's loss: how `cal_loss` is called and what may come back."""

from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from hyperpose_core.errors import ConfigError
from hyperpose_openpose.preprocess import Preprocessor
from hyperpose_openpose.skeletons import COCO


class Classic:
    """The order of the 2021 library's models."""

    def cal_loss(self, gt_conf, gt_paf, mask, stage_confs, stage_pafs):
        confs = [tf.reduce_sum(mask * tf.square(c - gt_conf)) for c in stage_confs]
        pafs = [tf.reduce_sum(mask * tf.square(p - gt_paf)) for p in stage_pafs]
        return tf.add_n(confs + pafs), confs, pafs


class Tutorial(Classic):
    """The order of its documentation."""

    def cal_loss(self, stage_confs, stage_pafs, gt_conf, gt_paf, mask):
        return Classic.cal_loss(self, gt_conf, gt_paf, mask, stage_confs, stage_pafs)


class Scalars(Classic):
    def cal_loss(self, **tensors: Any):
        loss, confs, pafs = Classic.cal_loss(self, **tensors)
        return loss, sum(confs), sum(pafs)


class OnlyLoss(Classic):
    def cal_loss(self, **tensors: Any):
        return Classic.cal_loss(self, **tensors)[0]


@pytest.fixture
def pre() -> Preprocessor:
    return Preprocessor(skeleton=COCO, input_size=(48, 32), stride=8, options={})


@pytest.fixture
def targets(pre: Preprocessor) -> dict[str, tf.Tensor]:
    people = tf.random.stateless_uniform((2, 18, 3), (1, 2), 1, 31)
    mask = tf.concat([tf.zeros((32, 24, 1)), tf.ones((32, 24, 1))], axis=1)
    return {k: v[None] for k, v in pre.encode(people, tf.zeros((2, 4)), mask).items()}


def outputs(seed: int = 0) -> list[Any]:
    maps = [
        tf.random.stateless_uniform((1, 4, 6, channels), (seed, i))
        for i, channels in enumerate((19, 38, 19, 38))
    ]
    return [maps[2], maps[3], [maps[0], maps[2]], [maps[1], maps[3]]]


@pytest.mark.parametrize("model", [Classic(), Tutorial(), Scalars()])
def test_both_orders_and_both_forms_give_the_same(model, pre, targets) -> None:
    found = pre.losses(model, outputs(), targets)
    loss, confs, pafs = Classic().cal_loss(*targets.values(), *outputs()[2:])
    assert float(found["loss"]) == pytest.approx(float(loss))
    assert float(found["conf_loss"]) == pytest.approx(float(sum(confs)), rel=1e-5)
    assert float(found["paf_loss"]) == pytest.approx(float(sum(pafs)), rel=1e-5)


def test_a_model_that_returns_the_loss_alone(pre, targets) -> None:
    found = pre.losses(OnlyLoss(), outputs(), targets)
    assert set(found) == {"loss"}
    assert float(found["loss"]) == pytest.approx(
        float(pre.losses(Classic(), outputs(), targets)["loss"])
    )


def test_two_outputs_are_one_stage(pre, targets) -> None:
    conf, paf = outputs()[:2]
    two = pre.losses(Classic(), (conf, paf), targets)
    four = pre.losses(Classic(), (conf, paf, [conf], [paf]), targets)
    assert float(two["loss"]) == pytest.approx(float(four["loss"]))


def test_masked_cells_do_not_count(pre, targets) -> None:
    conf, paf = outputs()[:2]
    left = tf.constant([1.0, 1, 1, 0, 0, 0])[None, None, :, None]
    changed = (conf + 5 * left, paf - 3 * left)
    losses = [float(pre.losses(Classic(), o, targets)["loss"]) for o in ((conf, paf), changed)]
    assert losses[0] == pytest.approx(losses[1])
    changed = (conf + 5 * (1 - left), paf)
    assert float(pre.losses(Classic(), changed, targets)["loss"]) > 2 * losses[0]


def test_other_forms_are_told(pre, targets) -> None:
    with pytest.raises(ConfigError, match="returned 3 values in training"):
        pre.losses(Classic(), outputs()[:3], targets)

    class Pair(Classic):
        def cal_loss(self, **tensors: Any):
            return Classic.cal_loss(self, **tensors)[:2]

    with pytest.raises(ConfigError, match="cal_loss returned 2 values"):
        pre.losses(Pair(), outputs(), targets)
