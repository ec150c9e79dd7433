"""TensorBoard's files: what they hold, also after a crash and a resume, and when there are none."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
import tensorflow as tf
from tiny_training import config_of, train

from hyperpose_core.contracts.events import StartEvent
from hyperpose_core.plugins import Switches
from hyperpose_core.registry import make_registry
from hyperpose_core.runs import Run
from hyperpose_tensorboard.writer import TensorBoard

STEPS, LONGER = 4, 6


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    """Train four steps, and two more after a crash that left half of a record."""
    folder = tmp_path_factory.mktemp("life")
    run = train(config_of(folder, f"train.steps={STEPS}")).run
    half = next((run.folder / "tensorboard").iterdir())
    half.write_bytes(half.read_bytes() + b"half of a record")
    return train(config_of(folder, f"train.steps={LONGER}")).run


def lines(run: Run) -> list[dict]:
    return [json.loads(line) for line in run.metrics.read_text().splitlines()]


def read_events(run: Run) -> list:
    """Read all event files, in order, with TensorFlow's own reader."""
    paths = sorted((run.folder / "tensorboard").iterdir())
    return [e for p in paths for e in tf.compat.v1.train.summary_iterator(str(p))]


def test_tensorboard_reads_scalars_as_they_were_logged(run):
    scalars: dict[str, list[tuple[int, float]]] = {}
    for event in read_events(run):
        for value in event.summary.value:
            if value.HasField("simple_value"):
                scalars.setdefault(value.tag, []).append((event.step, value.simple_value))
    for kind, group in (("train", "train"), ("evaluate", "evaluate")):
        for name in ("loss", "learning_rate" if kind == "train" else "AP"):
            wanted = [(x["step"], x[name]) for x in lines(run) if x["kind"] == kind]
            assert scalars[f"{group}/{name}"] == [(s, pytest.approx(v)) for s, v in wanted]


def test_tensorboard_reads_pictures_and_one_graph(run):
    found = read_events(run)
    pictures = [(e.step, v) for e in found for v in e.summary.value if v.HasField("image")]
    assert [(s, v.tag) for s, v in pictures] == [
        (step, f"train/{name}") for step in (3, 4, 6) for name in ("maps", "skeletons")
    ]
    for step, value in pictures:
        coded = np.frombuffer(value.image.encoded_image_string, np.uint8)
        picture = cv2.imdecode(coded, cv2.IMREAD_COLOR)
        assert picture.shape == (value.image.height, value.image.width, 3)
        if value.tag == "train/maps":
            saved = cv2.imread(str(run.pictures("train") / f"step_{step:08d}.png"))
            np.testing.assert_array_equal(picture, saved)
    graphs = [tf.compat.v1.GraphDef.FromString(e.graph_def) for e in found if e.graph_def]
    [graph] = graphs
    assert any(node.op == "Conv2D" for node in graph.node)


def test_an_evaluation_that_comes_again_is_not_there_twice(tmp_path):
    """A process was killed after it wrote of an evaluation, before the checkpoint had it."""
    start = {"run": tmp_path / "run", "steps": 4, "images": 6, "model": None, "forward": None}
    first = TensorBoard(StartEvent(step=0, **start))
    first.scalars(2, "train", {"loss": 1.0})
    first.scalars(2, "evaluate", {"loss": 1.0})
    first.close()
    for unscored, left in ((False, ["train/loss", "evaluate/loss"]), (True, ["train/loss"])):
        TensorBoard(StartEvent(step=2, unscored=unscored, **start)).close()
        found = read_events(Run(tmp_path / "run"))
        assert [value.tag for event in found for value in event.summary.value] == left


def test_nothing_is_written_that_is_not_asked_for(tmp_path, run, capsys):
    more = (f"data.path={run.folder.parent / 'pictures'}", "train.steps=1", "train.eval_interval=0")
    train(config_of(tmp_path, *more, "log.tensorboard=false", "log.quiet=false"))
    assert not (tmp_path / "run" / "tensorboard").exists()
    assert "log.tensorboard" not in capsys.readouterr().err


def test_where_the_plugin_is_missing_a_training_says_so_and_goes_on(tmp_path, run, capsys):
    more = (f"data.path={run.folder.parent / 'pictures'}", "train.steps=1", "train.eval_interval=0")
    without = make_registry(Switches(disabled=frozenset({"tensorboard"})))
    config = config_of(tmp_path, *more, "log.quiet=false")
    assert train(config, without).step == 1
    assert not (tmp_path / "run" / "tensorboard").exists()
    assert "not there: `pip install hyperpose-tensorboard` brings" in capsys.readouterr().err
