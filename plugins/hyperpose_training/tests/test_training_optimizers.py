"""Optimizers against those of Keras, weight decay, learning-rate factors."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core.config import TrainConfig
from hyperpose_core.errors import InputError
from hyperpose_training.optimizing.optimizers import make_optimizer

OPTIMIZERS = ("AdamW", "Adam", "SGD", "RMSprop")
RATE = 0.01
# name, our settings, the reference, and the L2 penalty that its gradients get from outside
REFERENCES = {
    "Adam": ({}, lambda: keras.optimizers.Adam(RATE, epsilon=1e-7), 0.0),
    "Adam with L2": ({"weight_decay": 0.2}, lambda: keras.optimizers.Adam(RATE, epsilon=1e-7), 0.2),
    "AdamW": (
        {"weight_decay": 0.2},
        lambda: keras.optimizers.AdamW(RATE, epsilon=1e-7, weight_decay=0.2),
        0.0,
    ),
    "SGD": ({}, lambda: keras.optimizers.SGD(RATE, momentum=0.9), 0.0),
    "SGD with L2": ({"weight_decay": 0.2}, lambda: keras.optimizers.SGD(RATE, momentum=0.9), 0.2),
    "SGD, Nesterov": (
        {"nesterov": True},
        lambda: keras.optimizers.SGD(RATE, momentum=0.9, nesterov=True),
        0.0,
    ),
    "RMSprop": ({}, lambda: keras.optimizers.RMSprop(RATE, rho=0.9, epsilon=1e-7), 0.0),
}


def settings(name, **more):
    return TrainConfig(optimizer=name, **{"weight_decay": 0.0, "momentum": 0.9, **more})


@pytest.mark.parametrize("case", REFERENCES)
def test_optimizers_do_what_those_of_keras_do(case):
    more, make_reference, penalty = REFERENCES[case]
    start = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    gradients = np.random.default_rng(1).normal(size=(30, 3, 4)).astype(np.float32)
    ours, theirs = tf.Variable(start), keras.Variable(start)
    optimizer = make_optimizer({"w": ours}, settings(case.split(" ")[0].strip(","), **more))
    reference = make_reference()
    for step, gradient in enumerate(gradients):
        optimizer.apply([tf.constant(gradient)], tf.constant(RATE), tf.constant(step, tf.int64))
        reference.apply([tf.constant(gradient + penalty * theirs.numpy())], [theirs])
    # Keras keeps epsilon under the root in RMSprop and beside it in Adam.
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=2e-4, atol=2e-5)


def test_adam_and_adamw_differ_in_the_decay_alone():
    def after(name, decay):
        weight = tf.Variable(np.full((2, 2), 3.0, np.float32))
        optimizer = make_optimizer({"w": weight}, settings(name, weight_decay=decay))
        for step in range(5):
            gradient = tf.constant([[1.0, -2.0], [0.1, 5.0]])
            optimizer.apply([gradient], tf.constant(0.1), tf.constant(step, tf.int64))
        return weight.numpy()

    np.testing.assert_array_equal(after("Adam", 0.0), after("AdamW", 0.0))
    assert np.abs(after("Adam", 0.5) - after("AdamW", 0.5)).max() > 0.1


@pytest.mark.parametrize(
    ("call", "reference"),
    [
        ("adam(beta1=0.5, beta2=0.9, epsilon=1e-3)", keras.optimizers.Adam(RATE, 0.5, 0.9, 1e-3)),
        ("sgd(momentum=0.3, nesterov=true)", keras.optimizers.SGD(RATE, 0.3, nesterov=True)),
        ("rmsprop(rho=0.5)", keras.optimizers.RMSprop(RATE, rho=0.5, epsilon=1e-7)),
    ],
)
def test_arguments_are_those_of_keras_and_win_over_the_settings(call, reference):
    ours, theirs = tf.Variable([[1.0, -2.0]]), keras.Variable([[1.0, -2.0]])
    optimizer = make_optimizer({"w": ours}, settings(call, momentum=0.9, nesterov=False))
    for step in range(10):
        gradient = tf.constant([[0.5 + step, 3.0 - step]])
        optimizer.apply([gradient], tf.constant(RATE), tf.constant(step, tf.int64))
        reference.apply([gradient], [theirs])
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("Lion", "Lion"),
        ("SGD(moment=0.5)", "takes no 'moment'.*momentum=0.9, nesterov=False"),
        ("SGD(momentum=1.5)", "train.momentum must be a number, from 0 to less than 1; got 1.5"),
        ("Adam(beta1=1.0)", "beta1 of an optimizer must be from 0 to less than 1; got 1"),
        ("Adam(epsilon=0)", "epsilon of an optimizer must be more than 0; got 0"),
        ("RMSprop(rho='a')", "rho must be a number; got 'a'"),
    ],
)
def test_a_wrong_optimizer_or_argument_is_named(call, words):
    with pytest.raises(InputError, match=words):
        make_optimizer({}, settings(call))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_weight_decay_spares_biases_and_norms(name):
    kernel, bias = tf.Variable(tf.ones((2, 2))), tf.Variable(tf.ones(2))
    optimizer = make_optimizer({"k": kernel, "b": bias}, settings(name, weight_decay=0.1))
    still = [tf.zeros((2, 2)), tf.zeros(2)]
    optimizer.apply(still, tf.constant(0.5), tf.constant(0, tf.int64))
    assert (kernel.numpy() < 0.96).all()
    np.testing.assert_array_equal(bias, np.ones(2))
    if name == "AdamW":
        np.testing.assert_allclose(kernel, 0.95 * np.ones((2, 2)), rtol=1e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_factor_is_on_the_learning_rate_and_the_decay(name):
    def moved(rate, factors):
        weight = tf.Variable(np.arange(6, dtype=np.float32).reshape(2, 3))
        before = weight.numpy()
        optimizer = make_optimizer({"w": weight}, settings(name, weight_decay=0.1), factors)
        optimizer.apply([tf.ones((2, 3))], tf.constant(rate), tf.constant(0, tf.int64))
        return weight.numpy() - before

    np.testing.assert_allclose(moved(0.1, {"w": 0.25}), moved(0.025, {}), rtol=1e-4)
    assert not moved(0.1, {"w": 0.0}).any()
