"""The moving average of the weights: its formula, and that it is what is evaluated and saved."""

import numpy as np
import pytest
import tensorflow as tf
from small_net import batch, make_step, values

from hyperpose_core.build.weights import load_weights
from hyperpose_core.runs import Run
from hyperpose_training.keeping.checkpoint import Progress, load_checkpoint, save_checkpoint
from hyperpose_training.steps.ema import MovingAverage


@pytest.mark.parametrize("decay", [0.5, 0.99])
def test_it_is_the_average_with_a_short_memory_at_first(decay):
    walk = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    weight = tf.Variable(walk[0])
    average = MovingAverage({"w": weight}, decay)
    official = tf.train.ExponentialMovingAverage(decay)
    tracked = tf.Variable(walk[0])
    official.apply([tracked])
    for step, value in enumerate(walk[1:]):
        weight.assign(value)
        average.update(tf.constant(step, tf.int64))
        tracked.assign(value)
        official._num_updates = step  # it takes the number of updates only once, when it is made
        official.apply([tracked])
    np.testing.assert_allclose(average.averages["w"], official.average(tracked), rtol=1e-5)


def test_it_does_not_change_the_training():
    plain, averaged = make_step(), make_step(ema_decay=0.9)
    for step in range(3):
        plain(*batch(step), 0.1, step)
        averaged(*batch(step), 0.1, step)
    for name, array in values(plain.weights).items():
        np.testing.assert_array_equal(averaged.weights[name], array, err_msg=name)
        assert (array != averaged.model_arrays()[name]).any(), name


def test_the_model_has_it_while_it_is_evaluated_and_its_own_weights_after():
    state = make_step(ema_decay=0.9)
    state(*batch(), 0.5, 0)
    own, average = values(state.weights), state.model_arrays()

    def evaluate(error=None):
        with state.evaluated_weights():
            for name, array in average.items():
                np.testing.assert_array_equal(state.weights[name], array, err_msg=name)
            if error:
                raise error

    evaluate()
    with pytest.raises(ZeroDivisionError):
        evaluate(ZeroDivisionError())
    for name, array in own.items():
        np.testing.assert_array_equal(state.weights[name], array, err_msg=name)
    state.finish()
    for name, array in average.items():
        np.testing.assert_array_equal(state.weights[name], array, err_msg=name)


def test_it_is_saved_as_the_model_and_the_weights_in_the_checkpoint(tmp_path):
    run, state = Run(tmp_path / "run"), make_step(ema_decay=0.9)
    state(*batch(), 0.5, 0)
    path = save_checkpoint(run, state, Progress(step=1))
    model, checkpoint = load_weights(run.newest_model), load_weights(path)
    for name, variable in state.weights.items():
        np.testing.assert_array_equal(checkpoint[f"weights/{name}"], variable)
        np.testing.assert_array_equal(checkpoint[f"ema/{name}"], model[name])
        assert (model[name] != variable.numpy()).any()
    resumed = make_step(ema_decay=0.9, seed=1)
    load_checkpoint(run, resumed)
    for name, array in values(state.variables).items():
        np.testing.assert_array_equal(resumed.variables[name], array, err_msg=name)


def test_without_it_there_is_none():
    state = make_step()
    assert not [name for name in state.variables if name.startswith("ema/")]
    with state.evaluated_weights():
        np.testing.assert_array_equal(
            state.model_arrays()["head/filters"], state.weights["head/filters"]
        )
