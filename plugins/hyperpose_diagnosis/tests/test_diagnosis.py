"""The diagnosis: what is not finite is traced to a layer, a gradient or an image, and kept."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from guarded import (
    Bad,
    Net,
    Rooted,
    batch_of,
    diagnosing,
    sample,
    step,
    unchanged,
    values,
    world,
)

from hyperpose_diagnosis.probe import Probe
from hyperpose_training.guard import NotFiniteError


def test_the_first_layer_is_named_and_the_batch_is_kept(tmp_path):
    net, state, guard, _ = world(tmp_path, Net(Bad()), records=diagnosing())
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
    _, state, guard, _ = world(tmp_path, records=diagnosing())
    target = np.zeros((2, 8, 8, 1), np.float32)
    target[1, 3, 3] = np.nan
    with pytest.raises(NotFiniteError) as caught:
        step(state, guard, batch_of(target=target))
    numbers = guard.images.of(batch_of())
    assert f"/photos/{numbers[1]}.jpg" in str(caught.value)
    assert f"/photos/{numbers[0]}.jpg" not in str(caught.value)
    assert "target" in str(caught.value)


def test_a_gradient_that_is_not_finite_is_traced_to_the_layer_nearest_to_the_loss(tmp_path):
    _, state, guard, _ = world(tmp_path, preprocessor=Rooted(), records=diagnosing())
    before = values(state)
    with pytest.raises(NotFiniteError, match=r"gradient is not finite.*that of head/"):
        step(state, guard, batch_of())
    unchanged(state, before)


@pytest.mark.parametrize(
    ("rate", "where"),
    [(1e12, "layers' outputs are finite, loss is not"), (1e30, "first layer whose output")],
)
def test_an_exploding_learning_rate_is_named(tmp_path, rate, where):
    _, state, guard, _ = world(
        tmp_path, optimizer="SGD", clip_norm=0.0, learning_rate=rate, records=diagnosing()
    )
    with pytest.raises(NotFiniteError) as caught:
        all(step(state, guard, batch_of(), number, rate=rate) for number in range(1, 30))
    for part in ("the training diverged", f"lower train.learning_rate (now {rate:g})", where):
        assert part in str(caught.value)


def test_every_bad_batch_of_a_step_is_kept(tmp_path):
    _, state, guard, warnings = world(tmp_path, Net(Bad()), allowed=2, records=diagnosing())
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


def test_a_batch_with_such_an_annotation_can_be_left_out(tmp_path):
    bad = sample(1)
    bad.boxes = np.full((1, 4), np.inf, np.float32)
    _, state, guard, warnings = world(
        tmp_path, allowed=1, samples=[sample(0), bad], records=diagnosing()
    )
    before = values(state)
    assert not guard.admits(batch_of(), 1)
    unchanged(state, before)
    assert "the box of person 0" in warnings[0]
    assert "/photos/1.jpg" in warnings[0]
    report = json.loads((tmp_path / "run/bad_batch-00000001/report.json").read_text())
    assert sum(bool(s["not_finite"]) for s in report["samples"]) == 1
    with pytest.raises(NotFiniteError):
        guard.admits(batch_of(), 1)


def test_a_variance_that_overflows_is_a_bad_step(tmp_path):
    """What is normalised by an infinite variance is finite: 0."""
    _, state, guard, _ = world(tmp_path, records=diagnosing())
    before = values(state)
    bad = np.random.default_rng(0).random((2, 8, 8, 3)).astype(np.float32) * 1e20
    with pytest.raises(NotFiniteError, match="the moving norm/moving_var is not"):
        step(state, guard, batch_of(images=bad))
    unchanged(state, before)
