"""Schedules, optimizers against Keras, the log, checkpoints and atomic files."""

import itertools
import json
import os
import signal
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core.config import TrainConfig
from hyperpose_core.errors import InputError
from hyperpose_core.files import atomic_path, make_folder, write_text
from hyperpose_core.runs import Run
from hyperpose_core.training.log import RunLog
from hyperpose_core.training.optimizers import make_optimizer
from hyperpose_core.training.schedule import learning_rate

REFERENCES = {
    "Adam": lambda rate: keras.optimizers.Adam(rate, epsilon=1e-7),
    "SGD": lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
    "RMSprop": lambda rate: keras.optimizers.RMSprop(rate, rho=0.9, epsilon=1e-7),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_optimizers_do_what_those_of_keras_do(name):
    start = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    gradients = np.random.default_rng(1).normal(size=(30, 3, 4)).astype(np.float32)
    ours, theirs = tf.Variable(start), keras.Variable(start)
    config = TrainConfig(optimizer=name, weight_decay=0.0, momentum=0.9)
    optimizer, reference = make_optimizer({"w": ours}, config), REFERENCES[name](0.01)
    for step, gradient in enumerate(gradients):
        optimizer.apply([tf.constant(gradient)], tf.constant(0.01), tf.constant(step, tf.int64))
        reference.apply([tf.constant(gradient)], [theirs])
    # Keras keeps epsilon under the root in RMSprop and beside it in Adam.
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=2e-4, atol=2e-5)


def test_weight_decay_is_decoupled_and_spares_biases():
    kernel, bias = tf.Variable(tf.ones((2, 2))), tf.Variable(tf.ones(2))
    optimizer = make_optimizer({"k": kernel, "b": bias}, TrainConfig(weight_decay=0.1))
    still = [tf.zeros((2, 2)), tf.zeros(2)]
    optimizer.apply(still, tf.constant(0.5), tf.constant(0, tf.int64))
    np.testing.assert_allclose(kernel, 0.95 * np.ones((2, 2)), rtol=1e-6)
    np.testing.assert_array_equal(bias, np.ones(2))


@pytest.mark.parametrize("schedule", ["constant", "step", "cosine"])
def test_schedules_warm_up_and_never_grow_after(schedule):
    config = TrainConfig(
        schedule=schedule, steps=1000, warmup_steps=50, learning_rate=0.1, decay_every=300
    )
    rates = [learning_rate(step, config) for step in range(1000)]
    assert all(a < b for a, b in itertools.pairwise(rates[:50]))
    assert all(a >= b for a, b in itertools.pairwise(rates[50:]))
    assert max(rates) == pytest.approx(0.1)
    assert min(rates) > 0
    expected = {"constant": 0.1, "step": 0.1 * 0.666**3, "cosine": 0.0}[schedule]
    assert rates[-1] == pytest.approx(expected, abs=1e-5)


def test_log_drops_what_a_killed_run_wrote_after_its_checkpoint(tmp_path):
    run = Run(tmp_path / "run")
    log = RunLog(run)
    for step in (10, 20, 30):
        log.metrics(step, {"loss": 1.0 / step})
    with run.metrics.open("a") as file:
        file.write('{"step": 40, "lo')
    RunLog(run, step=20).metrics(30, {"loss": 5.0})
    lines = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    assert [line["step"] for line in lines] == [10, 20, 30]
    assert lines[-1]["loss"] == 5.0


def test_an_error_while_writing_leaves_the_old_file(tmp_path):
    path = tmp_path / "file.txt"
    write_text(path, "old")

    def fail():
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_kill_while_writing_leaves_the_old_file(tmp_path):
    path = tmp_path / "file.txt"
    write_text(path, "old")
    code = f"""
        import os, signal
        from hyperpose_core.files import atomic_path
        with atomic_path({str(path)!r}) as temporary:
            temporary.write_text("half")
            os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"


def test_folder_that_is_a_file_is_an_error(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="--save-dir"):
        make_folder(tmp_path / "file" / "run")


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_written_files_have_ordinary_permissions(tmp_path):
    (tmp_path / "plain").write_text("x")
    write_text(tmp_path / "atomic", "x")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode
