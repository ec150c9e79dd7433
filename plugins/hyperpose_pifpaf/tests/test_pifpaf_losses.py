"""Losses: what they are least for, what they leave out, and what nobody knows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton
from hyperpose_pifpaf.fields import LOSSES, MAPS, OUTPUTS
from hyperpose_pifpaf.losses import confidence_loss, scale_loss, vector_loss
from hyperpose_pifpaf.model import Pifpaf
from hyperpose_pifpaf.preprocess import Preprocessor

SKELETON = Skeleton("t", ("head", "hand", "foot", "tail"), ((0, 1), (1, 2), (2, 3)))
LABELLED = np.array([True, True, False, True])
LIMB_KNOWN = np.array([True, False, False])
CHANNELS = {"confidence": 1, "vectors": 2, "scales": 1, "logits": 1, "spreads": 1}
MANY = ("vectors", "scales", "spreads")
"""That a limb has of both its ends."""


def random(seed: int, *shape: int, low: float = -1.0, high: float = 1.0) -> tf.Tensor:
    return tf.random.stateless_uniform(shape, (seed, 1), low, high)


def test_confidence_is_the_mean_cross_entropy_of_the_cells() -> None:
    logits, true = random(1, 2, 3, 4, 5), tf.cast(random(2, 2, 3, 4, 5) > 0, tf.float32)
    p = tf.sigmoid(logits)
    wanted = -tf.reduce_sum(tf.math.log(tf.where(true > 0, p, 1 - p))) / (2 * 3 * 4)
    found = confidence_loss(logits, true, tf.ones((2, 3, 4, 1)))
    assert float(found) == pytest.approx(float(wanted), rel=1e-5)


def test_focal_counts_what_is_right_less() -> None:
    """(1 - p)^2 of the cross-entropy, p the probability of what is true."""
    logits = tf.constant([[[[2.0, -1.0]]]])
    true, mask = tf.constant([[[[1.0, 1.0]]]]), tf.ones((1, 1, 1, 1))
    p = tf.sigmoid(logits)
    wanted = tf.reduce_sum(-tf.math.log(p) * (1 - p) ** 2)
    assert float(confidence_loss(logits, true, mask, 2.0)) == pytest.approx(float(wanted), rel=1e-5)


def test_who_is_annotated_counts_where_the_mask_does_not() -> None:
    logits, mask = tf.constant([[[[0.0]], [[0.0]]]]), tf.zeros((1, 2, 1, 1))
    true = tf.constant([[[[1.0]], [[0.0]]]])
    assert float(confidence_loss(logits, true, mask)) == pytest.approx(np.log(2) / 2)


def test_the_best_spread_is_the_length_of_the_error() -> None:
    """Of Laplace's distribution the likeliest scale is the mean error."""
    vectors, true, one = tf.constant([[[[3.0, 4.0]]]]), tf.zeros((1, 1, 1, 2)), tf.ones((1,) * 4)
    losses = {b: float(vector_loss(vectors, true, one * b, one)) for b in (4.0, 5.0, 6.0)}
    assert min(losses, key=losses.__getitem__) == 5
    assert losses[5] == pytest.approx(1 + np.log(10), abs=0.01)


def test_vectors_and_scales_count_where_somebody_is() -> None:
    there = tf.constant([[[[1.0, 0.0]]]])
    vectors, true, spreads = random(1, 1, 1, 1, 4), random(2, 1, 1, 1, 4), tf.ones((1, 1, 1, 2))
    elsewhere = vectors + tf.constant([0.0, 0.0, 9.0, 9.0])
    losses = [float(vector_loss(v, true, spreads, there)) for v in (vectors, elsewhere)]
    assert losses[0] == losses[1] > 0
    scales = [tf.constant([[[[2.0, other]]]]) for other in (1.0, 5.0)]
    losses = [float(scale_loss(s, tf.ones((1, 1, 1, 2)), there)) for s in scales]
    assert losses[0] == losses[1] == pytest.approx(np.log(2))


def test_vectors_without_an_error_have_a_gradient() -> None:
    """The length of a vector has none at 0."""
    vectors = tf.zeros((1, 1, 1, 2))
    with tf.GradientTape() as tape:
        tape.watch(vectors)
        loss = vector_loss(vectors, vectors * 0, tf.ones((1,) * 4), tf.ones((1,) * 4))
    assert np.isfinite(tape.gradient(loss, vectors)).all()


def ours(channels_first: bool) -> Any:
    model: Any = SimpleNamespace(channels_first=channels_first, focal=0.0)
    model._field_losses = lambda *given: Pifpaf._field_losses(model, *given)
    model.cal_loss = lambda **tensors: Pifpaf.cal_loss(model, **tensors)
    return model


def own(channels_first: bool) -> Any:
    """A user's loss, which counts all of it everywhere."""

    def cal_loss(**tensors: tf.Tensor) -> tf.Tensor:
        return tf.add_n([tf.reduce_sum(tf.abs(tensors[f"gt_{n}"] - tensors[n])) for n in MAPS])

    return SimpleNamespace(cal_loss=cal_loss)


@pytest.fixture
def pre() -> Preprocessor:
    return Preprocessor(skeleton=SKELETON, input_size=(64, 48), stride=8, options={})


def targets(pre: Preprocessor, *labelled: Any) -> dict[str, tf.Tensor]:
    people = tf.concat([random(3, 3, 4, 2, low=1, high=47), tf.ones((3, 4, 1))], -1)
    one = pre.encode(people, tf.zeros((3, 4)), tf.ones((48, 64, 1)), *labelled)
    return {name: value[None] for name, value in one.items()}


def count(name: str) -> int:
    what = name.split("_")[-1]
    if name.startswith("pif"):
        return 4 * CHANNELS[what]
    return 3 * CHANNELS[what] * (2 if what in MANY else 1)


def gradients(
    make: Any, pre: Preprocessor, given: dict[str, tf.Tensor], first: bool
) -> tuple[float, dict[str, np.ndarray]]:
    maps = {n: random(i, 1, 6, 8, count(n), low=0.1) for i, n in enumerate(OUTPUTS)}
    if first:
        maps, given = (
            {name: tf.transpose(value, (0, 3, 1, 2)) for name, value in tensors.items()}
            for tensors in (maps, given)
        )
    with tf.GradientTape() as tape:
        tape.watch(maps)
        loss = pre.losses(make(first), list(maps.values()), given)["loss"]
    found = {n: g for n, g in tape.gradient(loss, maps).items() if g is not None}
    return float(loss), {
        name: (tf.transpose(g, (0, 2, 3, 1)) if first else g).numpy() for name, g in found.items()
    }


@pytest.mark.parametrize("first", [False, True], ids=["channels_last", "channels_first"])
@pytest.mark.parametrize("make", [ours, own])
def test_no_gradient_where_nothing_is_known_and_the_same_elsewhere(make, pre, first) -> None:
    _, full = gradients(make, pre, targets(pre), first)
    _, found = gradients(make, pre, targets(pre, tf.constant(LABELLED)), first)
    assert set(found) == set(full)
    for name, gradient in found.items():
        known = LABELLED if name.startswith("pif") else LIMB_KNOWN
        known = np.repeat(known, gradient.shape[-1] // len(known))
        assert not gradient[..., ~known].any(), name
        np.testing.assert_array_equal(gradient[..., known], full[name][..., known])
        assert np.abs(gradient[..., known]).max() > 0


@pytest.mark.parametrize("first", [False, True], ids=["channels_last", "channels_first"])
def test_where_nothing_is_labelled_the_loss_is_0(pre, first) -> None:
    loss, _ = gradients(ours, pre, targets(pre, tf.constant([False] * 4)), first)
    assert loss == 0


def test_the_six_losses_have_names_and_their_sum_is_the_loss(pre) -> None:
    maps = [random(i, 1, 6, 8, count(n), low=0.1) for i, n in enumerate(OUTPUTS)]
    found = pre.losses(ours(False), maps, targets(pre))
    assert set(found) == {"loss", *LOSSES}
    assert float(found["loss"]) == pytest.approx(sum(float(found[name]) for name in LOSSES))


def test_other_numbers_of_outputs_and_losses_are_named(pre) -> None:
    with pytest.raises(ConfigError, match="returned 3 values in training"):
        pre.losses(ours(False), [0, 0, 0], targets(pre))
    model = SimpleNamespace(cal_loss=lambda **_: (1.0, 2.0))
    with pytest.raises(ConfigError, match="cal_loss returned 2 values"):
        pre.losses(model, [0] * len(OUTPUTS), targets(pre))
