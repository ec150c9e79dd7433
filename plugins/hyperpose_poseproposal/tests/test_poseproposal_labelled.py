"""Parts that a dataset does not annotate, and edges to them, get no gradient."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core.skeletons import Skeleton
from hyperpose_poseproposal.model import Poseproposal
from hyperpose_poseproposal.preprocess import OUTPUTS, Preprocessor

SKELETON = Skeleton("t", ("instance", "head", "hand", "foot"), ((0, 1), (1, 2), (2, 3)))
LABELLED = np.array([False, True, False, True])
PART_KNOWN = np.array([True, True, False, True])
EDGE_KNOWN = np.array([True, False, False])
WINDOW = (3, 3)


def ours(channels_first: bool) -> Any:
    model = SimpleNamespace(channels_first=channels_first)
    model._iou = lambda *boxes: Poseproposal._iou(model, *boxes)
    model.cal_loss = lambda **tensors: Poseproposal.cal_loss(model, **tensors)
    return model


def own(channels_first: bool) -> Any:
    """A user's loss, which counts all of it everywhere."""

    def cal_loss(tc, tx, ty, tw, th, te, te_mask, mask, pc, pi, px, py, pw, ph, pe):
        pairs = ((tc, pc), (tc, pi), (tx, px), (ty, py), (tw, pw), (th, ph), (te, pe))
        return tf.add_n([tf.reduce_sum(tf.abs(t - p)) for t, p in pairs])

    return SimpleNamespace(cal_loss=cal_loss)


@pytest.fixture
def pre() -> Preprocessor:
    return Preprocessor(
        skeleton=SKELETON, input_size=(128, 96), stride=32, options={"window": list(WINDOW)}
    )


def targets(pre: Preprocessor, *labelled: Any) -> dict[str, tf.Tensor]:
    people = tf.random.stateless_uniform((3, 4, 3), (1, 2), 1, 95)
    boxes = tf.constant([[10.0, 10, 60, 70], [30, 20, 80, 60], [50, 5, 40, 80]])
    one = pre.encode(people, boxes, tf.ones((96, 128, 1)), *labelled)
    return {name: value[None] for name, value in one.items()}


def gradients(
    make: Any, pre: Preprocessor, given: dict[str, tf.Tensor], first: bool
) -> tuple[float, dict[str, np.ndarray]]:
    edges = WINDOW[0] * WINDOW[1] * len(SKELETON.limbs)
    maps = {
        name: tf.random.stateless_uniform((1, 3, 4, edges if name == "pe" else 4), (7, i))
        for i, name in enumerate(OUTPUTS)
    }
    if first:
        maps, given = (
            {name: tf.transpose(value, (0, 3, 1, 2)) for name, value in tensors.items()}
            for tensors in (maps, given)
        )
    with tf.GradientTape() as tape:
        tape.watch(maps)
        loss = pre.losses(make(first), list(maps.values()), given)["loss"]
    found = tape.gradient(loss, maps)
    return float(loss), {
        name: (tf.transpose(g, (0, 2, 3, 1)) if first else g).numpy() for name, g in found.items()
    }


@pytest.mark.parametrize("first", [False, True], ids=["channels_last", "channels_first"])
@pytest.mark.parametrize("make", [ours, own])
def test_no_gradient_where_nothing_is_known_and_the_same_elsewhere(make, pre, first) -> None:
    before, full = gradients(make, pre, targets(pre), first)
    loss, found = gradients(make, pre, targets(pre, tf.constant(LABELLED)), first)
    assert loss < before
    for name, gradient in found.items():
        known = np.tile(EDGE_KNOWN, WINDOW[0] * WINDOW[1]) if name == "pe" else PART_KNOWN
        assert not gradient[..., ~known].any(), name
        np.testing.assert_array_equal(gradient[..., known], full[name][..., known])
        assert np.abs(gradient[..., known]).max() > 0


@pytest.mark.parametrize("make", [ours, own])
def test_with_everything_known_the_numbers_are_bit_equal(make, pre) -> None:
    """The instance is made of the boxes: nobody has to annotate it."""
    known = tf.constant([False, True, True, True])
    without, with_it = (
        gradients(make, pre, targets(pre, *labelled), False) for labelled in ((), (known,))
    )
    assert without[0] == with_it[0]
    for name in OUTPUTS:
        np.testing.assert_array_equal(without[1][name], with_it[1][name])
