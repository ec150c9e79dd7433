"""The train step: what is not finite changes nothing, accumulation, freezing."""

import sys

import numpy as np
import pytest
import tensorflow as tf
from small_net import PlainNet, SmallNet, batch, make_step, values

from hyperpose_core.errors import ConfigError

FULL = {"optimizer": "AdamW", "ema_decay": 0.9, "weight_decay": 0.1, "clip_norm": 1.0}


def same(one, other):
    assert one.keys() == other.keys()
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name], err_msg=name)


def poison(images, targets):
    """Put a NaN into a target."""
    gt = targets["gt"].numpy()
    gt[1, 2, 3, 0] = np.nan
    return images, {"gt": tf.constant(gt)}


@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_loss_that_is_not_finite_changes_nothing(accumulate):
    state = make_step(accumulate=accumulate, **FULL)
    state(*batch(), 0.1, 0)
    before = values(state.variables)
    out = state(*poison(*batch(1)), 0.1, 1)
    assert out["finite"] == 0
    assert np.isnan(out["loss"])
    same(before, values(state.variables))
    assert state(*batch(1), 0.1, 1)["finite"] == 1
    after = values(state.variables)
    for name in ("weights/backbone/1/moving_mean", "ema/head/filters", "optimizer/m/head/filters"):
        assert (after[name] != before[name]).any(), name


def test_a_gradient_that_is_not_finite_changes_nothing():
    class Root(SmallNet):
        def cal_loss(self, predicted, gt):
            # The root of zero has an infinite slope: the loss is finite and its gradient is not.
            return tf.reduce_mean(tf.sqrt(tf.nn.relu(predicted - predicted)))

    state = make_step(Root, **FULL)
    before = values(state.variables)
    out = state(*batch(), 0.1, 0)
    assert np.isfinite(out["loss"])
    assert out["finite"] == 0
    same(before, values(state.variables))


class TwoWorkers:
    """A strategy whose other worker reports what is given; it exchanges nothing."""

    rank, size, replicas_differ = 0, 2, False

    def __init__(self, other):
        self.other = other

    def mean(self, value):
        return (value + self.other) / 2

    def apply(self, variables, gradients, update, step):
        update(gradients)


@pytest.mark.parametrize("other", [0.0, 1.0])
def test_what_is_not_finite_on_another_worker_is_left_out_here_too(other):
    state = make_step(**FULL)
    state.strategy = TwoWorkers(other)
    before = values(state.variables)
    assert state(*batch(), 0.1, 0)["finite"] == other
    moved = [n for n, array in values(state.variables).items() if (array != before[n]).any()]
    assert bool(moved) == bool(other)


class Halving(TwoWorkers):
    """A strategy whose other worker has gradients of 0, and which calls `update` in a condition."""

    def __init__(self, replicas_differ):
        self.replicas_differ = replicas_differ

    def mean(self, value):
        return value

    def apply(self, variables, gradients, update, step):
        def exchanged():
            update([gradient / 2 for gradient in gradients])
            return True

        tf.cond(step >= 0, exchanged, lambda: False)


def test_the_gradient_norm_is_that_of_what_workers_apply():
    own = make_step()(*batch(), 0.1, 0)["gradient_norm"]
    for replicas_differ, expected in ((False, own / 2), (True, own)):
        state = make_step()
        state.strategy = Halving(replicas_differ)
        found = state(*batch(), 0.1, 0)["gradient_norm"]
        np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("optimizer", ["SGD", "AdamW", "RMSprop"])
def test_accumulated_batches_are_one_large_batch(optimizer):
    train = {"optimizer": optimizer, "clip_norm": 0.1, "weight_decay": 0.01}
    large, parts = (make_step(PlainNet, accumulate=count, **train) for count in (1, 3))
    for step in range(5):
        whole = large(*batch(step, size=6), 0.01, step)
        cut = parts(*batch(step, size=6), 0.01, step)
        assert float(cut["loss"]) == pytest.approx(float(whole["loss"]), rel=1e-5)
        assert float(cut["gradient_norm"]) == pytest.approx(float(whole["gradient_norm"]), rel=1e-4)
    for name, array in values(large.weights).items():
        np.testing.assert_allclose(parts.weights[name], array, atol=2e-6, err_msg=name)


def test_accumulation_runs_one_part_at_a_time():
    seen = []

    class Watched(SmallNet):
        def forward(self, x, is_train=False):
            seen.append(x.shape[0])
            return super().forward(x, is_train)

    make_step(Watched, accumulate=4)(*batch(size=8), 0.1, 0)
    assert seen == [2]


def test_what_is_frozen_stays_and_the_rest_learns():
    state = make_step(freeze=["backbone*"], optimizer="AdamW", weight_decay=0.1, ema_decay=0.5)
    before = values(state.weights)
    for step in range(3):
        state(*batch(step), 0.1, step)
    for name, array in values(state.weights).items():
        assert (array == before[name]).all() == name.startswith("backbone/"), name
    assert not [name for name in state.optimizer.slots if "backbone" in name]


def test_a_frozen_normalisation_uses_its_moving_statistics():
    def loss(**train):
        state = make_step(**train)
        state.weights["backbone/1/moving_mean"].assign([0.3, -0.2, 0.5, 0.1])
        state.weights["backbone/1/moving_var"].assign([4.0, 0.2, 1.0, 9.0])
        before = state.weights["backbone/1/moving_mean"].numpy()
        state.gradients.model.eval()
        expected = state.gradients.model.cal_loss(
            predicted=state.gradients.model.forward(batch()[0])[0], gt=batch()[1]["gt"]
        )
        got = state(*batch(), 0.0, 0)["loss"]
        moved = (state.weights["backbone/1/moving_mean"].numpy() != before).any()
        return float(got), float(expected), moved

    frozen, evaluated, moved = loss(freeze=["backbone*"])
    assert frozen == pytest.approx(evaluated, rel=1e-5)
    assert not moved
    free, evaluated, moved = loss()
    assert abs(free - evaluated) > 1e-3
    assert moved


def test_frozen_statistics_stay_where_the_rest_of_the_layer_learns():
    state = make_step(freeze=["*moving_*"])
    before = values(state.weights)
    state(*batch(), 0.1, 0)
    moved = {name for name, array in values(state.weights).items() if (array != before[name]).any()}
    assert {"backbone/1/gamma", "backbone/1/beta"} <= moved
    assert not {name for name in moved if "moving" in name}


def test_factors_by_pattern_the_last_that_matches_counts():
    factors = {"*": 0.5, "backbone*": 0.1, "*/beta": 0.0}
    state, plain = make_step(learning_rate_factors=factors), make_step()
    before = values(state.weights)
    state(*batch(), 0.1, 0)
    plain(*batch(), 0.1, 0)
    for name, factor in {
        "head/filters": 0.5,
        "backbone/0/filters": 0.1,
        "backbone/1/beta": 0.0,
    }.items():
        moved = state.weights[name].numpy() - before[name]
        whole = plain.weights[name].numpy() - before[name]
        np.testing.assert_allclose(moved, factor * whole, rtol=1e-3, atol=1e-7, err_msg=name)


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ({"freeze": ["backbon/*"]}, r"'backbon/\*' matches none.* did you mean 'backbone\*'"),
        ({"freeze": ["resnet"]}, r"there are 'backbone\*', 'head\*'"),
        ({"learning_rate_factors": {"had*": 2.0}}, r"did you mean 'head\*'"),
        ({"freeze": ["*"]}, "leaves nothing to train"),
    ],
)
def test_a_pattern_that_does_nothing_is_an_error(train, message):
    with pytest.raises(ConfigError, match=message):
        make_step(**train)


def test_a_step_keeps_none_of_its_numbers():
    state, rate, number = make_step(), float("0.0123"), int("123456")
    counts = [sys.getrefcount(rate), sys.getrefcount(number)]
    state(*batch(), rate, number)
    assert [sys.getrefcount(rate), sys.getrefcount(number)] == counts
