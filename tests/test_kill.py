"""Kill -9, Ctrl-C, closed terminals: nothing is half-written, the run goes on to the same end."""

from __future__ import annotations

import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import cv2
import numpy as np
import pytest
import tensorflow as tf
from tiny_runs import environment, hyperpose, python, sets, settings

from hyperpose_core.build.weights import load_weights
from hyperpose_tensorboard.writer import read

STEPS = 60


def words(folder: Path, steps: int, *more: str) -> list[str]:
    averaged = ("train.ema_decay=0.9", *more)
    return ["--steps", str(steps), *sets(settings(folder / "pictures", *averaged))]


def undisturbed(folder: Path, steps: int) -> dict[str, np.ndarray]:
    """Return the weights of a training that nothing stops."""
    name = f"undisturbed-{steps}"
    result = hyperpose("train", "--name", name, *words(folder, steps), cwd=folder)
    assert result.returncode == 0, result.stderr
    return weights(folder / "save_dir" / name)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, np.ndarray]]:
    """A folder with pictures, and the weights that must come out."""
    folder = tmp_path_factory.mktemp("world")
    return folder, undisturbed(folder, STEPS)


def start(
    folder: Path, *arguments: str, stdout: IO[str] | int = subprocess.DEVNULL
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "hyperpose_core", "train", *arguments],
        cwd=folder,
        env=environment(),
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait(process: subprocess.Popen[str], seconds: float) -> bool:
    """Wait for the end of a process and say whether it came."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def weights(run: Path) -> dict[str, np.ndarray]:
    return load_weights(run / "model_dir" / "newest_model.npz")


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    assert one.keys() == other.keys()
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name], err_msg=name)


def newest(run: Path) -> str:
    return max((path.name for path in run.glob("model_dir/checkpoint-*.npz")), default="")


def check_whole(run: Path) -> None:
    """Read every file of a run; hidden ones are temporary."""
    for path in run.rglob("[!.]*"):
        if path.suffix == ".npz":
            assert load_weights(path), path
        elif path.suffix == ".json":
            assert json.loads(path.read_text()), path
        elif path.suffix == ".jsonl":
            assert all(json.loads(line)["step"] for line in path.read_text().splitlines()), path
        elif ".tfevents." in path.name:
            # As with any reader of such files, what a killed process began does not count.
            assert next(read(path)).file_version, path
        elif path.suffix == ".png":
            assert cv2.imread(str(path)) is not None, path
        else:
            assert path.is_dir() or path.name == "log.txt", f"what is {path}?"


def train_and_kill(folder: Path, name: str, arguments: list[str], aimed: bool) -> None:
    """Train until there is a new checkpoint; kill the process while it writes one, or any time."""
    run = folder / "save_dir" / name
    before, resume = newest(run), ["--resume"] if (run / "config.json").exists() else []
    process = start(folder, "--name", name, *resume, *arguments)
    while newest(run) == before and not wait(process, 0.01):
        pass
    if aimed:
        while process.poll() is None and not any(run.glob("model_dir/.*")):
            pass
        moment = random.uniform(0, 0.01)
    else:
        moment = random.uniform(0, 0.5)
    assert not wait(process, moment), f"it ended by itself: {process.communicate()[1]}"
    process.kill()
    process.communicate()


def kill_and_finish(
    folder: Path, kills: int, steps: int, expected: dict[str, np.ndarray], name: str = "killed"
) -> None:
    often = ("train.save_interval=1", "train.vis_interval=1")
    arguments, run = words(folder, steps, *often), folder / "save_dir" / name
    for number in range(kills):
        train_and_kill(folder, name, arguments, aimed=number % 2 == 0)
        check_whole(run)
    for leftover in (
        ".config-x1.json",
        "model_dir/.newest_model-x2.npz",
        "train_vis_dir/.s-x3.png",
    ):
        (run / leftover).write_bytes(b"half")
    result = hyperpose("train", "--name", name, "--resume", "--json", *arguments, cwd=folder)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["step"] == steps
    check_whole(run)
    assert [path for path in run.rglob(".*") if path.is_file()] == []
    lines = (run / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == list(range(1, steps + 1))
    scalars = [
        (event.step, value.tag)
        for path in run.glob("tensorboard/*")
        for event in tf.compat.v1.train.summary_iterator(str(path))
        for value in event.summary.value
    ]
    losses = sorted(step for step, tag in scalars if tag == "train/loss")
    assert losses == list(range(1, steps + 1))
    same(weights(run), expected)


def test_a_run_that_was_killed_goes_on_to_the_same_end(world):
    folder, expected = world
    kill_and_finish(folder, 1, STEPS, expected)


@pytest.mark.slow
def test_a_run_that_was_killed_twenty_times_goes_on_to_the_same_end(world):
    folder, _ = world
    kill_and_finish(folder, 20, 600, undisturbed(folder, 600), "killed-often")


def test_ctrl_c_saves_and_says_how_to_go_on(world):
    folder, expected = world
    run = folder / "some where" / "stopped"
    process = start(folder, "--save-dir", "some where", "--name", "stopped", *words(folder, STEPS))
    while not (run / "metrics.jsonl").exists():
        assert not wait(process, 0.01), process.communicate()[1]
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 1, err
    assert "Traceback" not in err
    found = re.search(rf"stopped at step (\d+) of {STEPS}.*go on with: hyperpose (.*)$", err, re.M)
    assert found, err
    step, command = int(found[1]), found[2]
    assert 0 < step < STEPS
    assert newest(run) == f"checkpoint-{step:08d}.npz"
    resumed = hyperpose(*shlex.split(command), cwd=folder)
    assert resumed.returncode == 0, resumed.stderr
    assert f"resuming stopped at step {step}" in resumed.stderr
    same(weights(run), expected)


TERMINAL = """
import os, pty, signal, sys, time
pid, terminal = pty.fork()
if pid == 0:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # what nohup starts ignores it
    os.execv(sys.executable, [sys.executable, "-m", "hyperpose_core", "train", *sys.argv[2:]])
os.set_blocking(terminal, False)
while not os.path.exists(sys.argv[1]):
    try:
        os.read(terminal, 4096)
    except BlockingIOError:
        time.sleep(0.01)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


@pytest.mark.slow  # likewise
def test_a_terminal_that_is_closed_saves(world):
    """A real one: the kernel sends SIGHUP, and nothing can be written any more."""
    folder, _ = world
    run = folder / "save_dir" / "closed"
    begun = run / "metrics.jsonl"
    arguments = ["--name", "closed", *words(folder, STEPS)]
    done = python("-c", TERMINAL, begun, *arguments, cwd=folder)
    assert done.stdout.split() == ["1"], done.stderr
    steps = [json.loads(line)["step"] for line in begun.read_text().splitlines()]
    assert 0 < steps[-1] < STEPS
    assert newest(run) == f"checkpoint-{steps[-1]:08d}.npz"
    assert f"interrupted at step {steps[-1]}" in (run / "log.txt").read_text()


@pytest.mark.slow  # test_infer_stopping.py has the same in a process, without a training
def test_a_training_that_hangs_ends_when_it_is_asked_twice(world):
    """A pipe in the place of the images, which nobody writes to: opening it never ends."""
    folder, _ = world
    run, pictures = folder / "save_dir" / "hanging", folder / "other pictures"
    arguments = ["--name", "hanging", *words(folder, STEPS, f"data.path={pictures}")]
    process = start(folder, *arguments)
    while not (run / "metrics.jsonl").exists():
        assert not wait(process, 0.01), process.communicate()[1]
    images = [path for path in pictures.rglob("*") if path.suffix in (".jpg", ".png")]
    for path in images:
        path.unlink()
        os.mkfifo(path)
    time.sleep(2)  # what was read ahead is used
    process.send_signal(signal.SIGTERM)
    assert any("once more ends it at once" in line for line in process.stderr)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM, err
    assert "without saving" in err
    check_whole(run)


@pytest.mark.slow
def test_hanging_up_again_does_not_stop_the_saving_and_nohup_none(world):
    folder, expected = world
    run = folder / "save_dir" / "hung-up"
    process = start(folder, "--name", "hung-up", *words(folder, STEPS))
    while not (run / "metrics.jsonl").exists():
        assert not wait(process, 0.01), process.communicate()[1]
    while not newest(run) and not wait(process, 0.001):
        process.send_signal(signal.SIGHUP)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 1, err
    assert re.search(rf"stopped at step \d+ of {STEPS}", err), err
    words_on = ["nohup", sys.executable, "-m", "hyperpose_core", "train", "--name", "hung-up"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    resumed = subprocess.Popen(
        [*words_on, "--resume", *words(folder, STEPS)], cwd=folder, env=environment(), **quiet
    )
    while not wait(resumed, 0.05):
        resumed.send_signal(signal.SIGHUP)
    assert resumed.returncode == 0
    same(weights(run), expected)


def closed_terminal() -> int:
    terminal, closed = os.openpty()
    os.close(terminal)
    return closed


def left_by_its_reader() -> int:
    reader, left = os.pipe()
    os.close(reader)
    return left


@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        (
            lambda: os.open("/dev/full", os.O_WRONLY),
            "Error: cannot write standard output: No space left",
        ),
        pytest.param(
            closed_terminal,
            "Error: unexpected OSError: [Errno 5] Input/output error (in the command 'train'",
            marks=pytest.mark.slow,
        ),
        pytest.param(left_by_its_reader, "", marks=pytest.mark.slow),
    ],
    ids=["full", "closed terminal", "left by its reader"],
)
def test_results_that_cannot_be_written_are_no_fault_of_the_trainer(world, out, sentence):
    folder, _ = world
    again = ["--name", f"undisturbed-{STEPS}", "--resume", *words(folder, STEPS)]
    with open(out(), "w") as stdout:
        process = start(folder, *again, stdout=stdout)
        _, err = process.communicate(timeout=300)
    assert process.returncode == 1, err
    assert "the trainer" not in err
    assert (f"\n{sentence}" if sentence else "\n") in err
    assert ("Error" in err) == bool(sentence)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["2>/dev/full", ">&- 2>&- <&-"])
def test_it_trains_where_nothing_can_be_said(world, where):
    folder, expected = world
    run = folder / "save_dir" / f"unheard-{len(where)}"
    command = shlex.join([sys.executable, "-m", "hyperpose_core", "train", "--name", run.name])
    arguments = shlex.join(words(folder, STEPS))
    done = subprocess.run(
        f"{command} {arguments} {where}", shell=True, cwd=folder, env=environment(), timeout=300
    )
    assert done.returncode == 0
    check_whole(run)
    same(weights(run), expected)
