"""The guard: what is not finite is found, named and kept, and does no harm."""

from __future__ import annotations

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
import tensorflow as tf
import tensorlayer as tl

from hyperpose_core.build.strategy import SingleTrain
from hyperpose_core.config import Config
from hyperpose_core.contracts import Model
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError
from hyperpose_core.layers import BatchNorm, Conv2d, Sequential
from hyperpose_core.pipeline.batches import Batch
from hyperpose_core.pipeline.source import Source
from hyperpose_core.runs import Run
from hyperpose_core.skeletons import COCO
from hyperpose_core.training.guard import Guard, NotFiniteError
from hyperpose_core.training.probe import Probe
from hyperpose_core.training.samples import Images, poisoned
from hyperpose_core.training.step import TrainStep


class Bad(tl.layers.Layer):
    """Gives what is not finite where its input is large."""

    def __init__(self) -> None:
        super().__init__()
        self._built = True

    def build(self, inputs_shape) -> None: ...

    def forward(self, x):
        return x * tf.where(tf.reduce_max(x) > 100, float("inf"), 1.0)


class Net(tl.models.Model):
    def __init__(self, middle: tl.layers.Layer | None = None) -> None:
        super().__init__()
        self.stem = Sequential([Conv2d(3, 4), Conv2d(4, 4)])
        if middle:
            self.middle = middle
        self.norm = BatchNorm(4)
        self.head = Conv2d(4, 1)

    def forward(self, x, is_train=False):
        x = self.stem.forward(x)
        x = self.middle.forward(x) if hasattr(self, "middle") else x
        return (self.head.forward(self.norm.forward(x)),)

    def cal_loss(self, predicted, target):
        return tf.reduce_mean(tf.square(predicted - target))


class Square:
    """A preprocessor whose targets are one map."""

    map_names = ("target",)

    def losses(self, model: Model, outputs, targets):
        return {"loss": model.cal_loss(predicted=outputs[0], target=targets["target"])}


class Rooted(Square):
    """A loss whose gradient is infinite where the output is 0, although it is finite itself."""

    def losses(self, model, outputs, targets):
        return {"loss": tf.reduce_sum(tf.sqrt(tf.abs(outputs[0] * 0.0)))}


def sample(number: int, **more) -> Sample:
    keypoints = np.full((1, len(COCO), 3), 2, np.float32)
    boxes = np.ones((1, 4), np.float32)
    return Sample(f"id-{number}", f"/photos/{number}.jpg", 8, 8, keypoints, boxes, **more)


def batch_of(**more) -> Batch:
    images = np.random.default_rng(0).random((2, 8, 8, 3)).astype(np.float32)
    targets = np.zeros((2, 8, 8, 1), np.float32)
    batch = {"images": images, "target": targets, **more}
    return Batch(
        tf.constant(batch["images"]),
        {"target": tf.constant(batch["target"])},
        tf.constant([0, 1], tf.int64),
    )


def world(tmp_path, net=None, preprocessor=None, allowed=0, samples=None, **train):
    config = Config()
    config.train.skip_bad_batches, config.train.batch_size = allowed, 2
    config.train.warmup_steps = 0
    for name, value in train.items():
        setattr(config.train, name, value)
    net = net or Net()
    strategy = SingleTrain(config.train)
    state = TrainStep(net, preprocessor or Square(), strategy, config)
    samples = samples or [sample(0), sample(1)]
    warnings: list[str] = []
    images = Images(
        Source(samples), [s.image_id for s in samples], poisoned(samples, COCO), config.train.seed
    )
    guard = Guard(Run(tmp_path / "run"), state, net, images, strategy, warnings.append)
    return net, state, guard, warnings


def step(state, guard, batch, number=1, rate=1e-3):
    losses = {n: float(v) for n, v in state(batch.images, batch.targets, rate, number - 1).items()}
    return guard.passes(batch, number, rate, losses, losses.pop("finite") > 0.5)


def values(state):
    return {name: variable.numpy().copy() for name, variable in state.variables.items()}


def unchanged(state, before):
    for name, value in values(state).items():
        np.testing.assert_array_equal(value, before[name], err_msg=name)


def test_the_first_layer_is_named_and_the_batch_is_kept(tmp_path):
    net, state, guard, _ = world(tmp_path, Net(Bad()))
    assert step(state, guard, batch_of())
    before = values(state)
    bad = batch_of(images=np.full((2, 8, 8, 3), 1e6, np.float32))
    with pytest.raises(NotFiniteError) as caught:
        step(state, guard, bad, 2)
    text = str(caught.value)
    for part in ("step 2", "is middle", "/photos/0.jpg", "/photos/1.jpg", "'id-0'"):
        assert part in text
    unchanged(state, before)
    folder = tmp_path / "run" / "bad_batch-00000002"
    report = json.loads((folder / "report.json").read_text())
    assert report["diagnosis"]["layer"] == "middle"
    assert {s["path"] for s in report["samples"]} == {"/photos/0.jpg", "/photos/1.jpg"}
    with np.load(folder / "batch.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["image"], bad.images)
        np.testing.assert_array_equal(arrays["target"], bad.targets["target"])
    assert cv2.imread(str(folder / "image-0.png")).shape == (8, 8, 3)
    assert "forward" not in vars(net.middle), "the probe is taken out again"


def test_the_innermost_layer_is_named(tmp_path):
    net = Net()
    last = getattr(net.stem, "1")
    last.act = lambda x: x * float("inf")
    probe = Probe()
    with probe.watch(net):
        net.eval()
        net.forward(batch_of().images)
    assert probe.first == "stem/1"
    assert [n for n in probe.called if "/" not in n] == ["stem", "norm", "head"]


def test_targets_that_are_not_finite_name_their_sample_alone(tmp_path):
    _, state, guard, _ = world(tmp_path)
    target = np.zeros((2, 8, 8, 1), np.float32)
    target[1, 3, 3] = np.nan
    with pytest.raises(NotFiniteError) as caught:
        step(state, guard, batch_of(target=target))
    numbers = guard.images.of(batch_of())
    assert f"/photos/{numbers[1]}.jpg" in str(caught.value)
    assert f"/photos/{numbers[0]}.jpg" not in str(caught.value)
    assert "target" in str(caught.value)


def test_a_gradient_that_is_not_finite_is_traced_to_the_layer_nearest_to_the_loss(tmp_path):
    _, state, guard, _ = world(tmp_path, preprocessor=Rooted())
    before = values(state)
    with pytest.raises(NotFiniteError, match=r"gradient is not finite.*that of head/"):
        step(state, guard, batch_of())
    unchanged(state, before)


@pytest.mark.parametrize(
    ("rate", "where"),
    [(1e12, "layers' outputs are finite, loss is not"), (1e30, "first layer whose output")],
)
def test_an_exploding_learning_rate_is_named(tmp_path, rate, where):
    _, state, guard, _ = world(tmp_path, optimizer="SGD", clip_norm=0.0, learning_rate=rate)
    with pytest.raises(NotFiniteError) as caught:
        all(step(state, guard, batch_of(), number, rate=rate) for number in range(1, 30))
    for part in ("the training diverged", f"lower train.learning_rate (now {rate:g})", where):
        assert part in str(caught.value)


def test_bad_batches_are_left_out_as_often_as_is_allowed(tmp_path):
    _, state, guard, warnings = world(tmp_path, Net(Bad()), allowed=2)
    bad = batch_of(images=np.full((2, 8, 8, 3), 1e6, np.float32))
    before = values(state)
    assert not step(state, guard, bad, 1)
    assert not step(state, guard, bad, 2)
    unchanged(state, before)
    assert step(state, guard, batch_of(), 2)
    with pytest.raises(NotFiniteError, match="--skip-bad-batches"):
        step(state, guard, bad, 3)
    assert [text.rpartition(", ")[2] for text in warnings] == ["1 of at most 2", "2 of at most 2"]


def test_every_bad_batch_of_a_step_is_kept(tmp_path):
    _, state, guard, warnings = world(tmp_path, Net(Bad()), allowed=2)
    stale = tmp_path / "run" / "bad_batch-00000001" / "worker-1"
    stale.mkdir(parents=True)
    for value in (1e6, 2e6):
        bad = batch_of(images=np.full((2, 8, 8, 3), value, np.float32))
        assert not step(state, guard, bad, 1)
    for name, value, said in zip(("", "-2"), (1e6, 2e6), warnings, strict=True):
        folder = tmp_path / "run" / f"bad_batch-00000001{name}"
        assert f"It is kept in {folder}." in said
        with np.load(folder / "batch.npz", allow_pickle=False) as arrays:
            assert arrays["image"].max() == value
    assert not stale.exists(), "of another batch"


def test_an_annotation_that_is_not_finite_is_named_before_the_first_step(tmp_path):
    bad = sample(1)
    bad.keypoints[0, 5] = (np.nan, 3, 2)
    absent = sample(2)
    absent.keypoints[0, 4] = (np.nan, np.nan, 0)
    with pytest.raises(DataError) as caught:
        world(tmp_path, samples=[sample(0), bad, absent])
    text = str(caught.value)
    for part in ("1 of 3", "'id-1'", "/photos/1.jpg", "keypoint left_shoulder of person 0", "nan"):
        assert part in text
    assert "/photos/2.jpg" not in text


def test_a_batch_with_such_an_annotation_can_be_left_out(tmp_path):
    bad = sample(1)
    bad.boxes = np.full((1, 4), np.inf, np.float32)
    _, state, guard, warnings = world(tmp_path, allowed=1, samples=[sample(0), bad])
    before = values(state)
    assert not guard.admits(batch_of(), 1)
    unchanged(state, before)
    assert "the box of person 0" in warnings[0]
    assert "/photos/1.jpg" in warnings[0]
    report = json.loads((tmp_path / "run/bad_batch-00000001/report.json").read_text())
    assert sum(bool(s["not_finite"]) for s in report["samples"]) == 1
    with pytest.raises(NotFiniteError):
        guard.admits(batch_of(), 1)


def test_a_clean_batch_is_not_looked_at(tmp_path):
    _, _, guard, _ = world(tmp_path)
    assert guard.admits(replace(batch_of(), counters=None), 1)


def test_weights_that_are_not_finite_are_not_saved(tmp_path):
    net, _, guard, _ = world(tmp_path)
    guard.check_saving(1)
    net.head.filters.assign(net.head.filters * np.inf)
    with pytest.raises(NotFiniteError, match=r"step 7: weights/head/filters is not finite"):
        guard.check_saving(7)


def test_a_variance_that_overflows_is_a_bad_step(tmp_path):
    """What is normalised by an infinite variance is finite: 0."""
    _, state, guard, _ = world(tmp_path)
    before = values(state)
    bad = np.random.default_rng(0).random((2, 8, 8, 3)).astype(np.float32) * 1e20
    with pytest.raises(NotFiniteError, match="the moving norm/moving_var is not"):
        step(state, guard, batch_of(images=bad))
    unchanged(state, before)
