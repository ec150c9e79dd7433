"""The guard: what is not finite is found and named, and does no harm."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
from guarded import Bad, Net, batch_of, sample, step, unchanged, values, world

from hyperpose_core.build.strategy import SingleTrain
from hyperpose_core.contracts.events import Explanation
from hyperpose_core.errors import DataError
from hyperpose_core.plugins import PluginRecord
from hyperpose_training.guard import NotFiniteError
from hyperpose_training.steps.not_finite import packed


def explaining(guilty=True, files=None):
    """Return a plugin of a stranger's that explains every bad batch, and what it was told."""
    heard = []

    def explain(event):
        heard.append(event)
        return Explanation(text="The cat did it.", guilty=guilty, files=files or {})

    hooks = {"hyperpose_on_train_not_finite": explain}
    return PluginRecord("cats", "their-cats", "1", life_cycle=hooks), heard


def test_a_batch_is_named_without_any_plugin(tmp_path):
    _, state, guard, _ = world(tmp_path, Net(Bad()))
    before = values(state)
    with pytest.raises(NotFiniteError) as caught:
        step(state, guard, batch_of(images=np.full((2, 8, 8, 3), 1e6, np.float32)), 2)
    text = str(caught.value)
    for part in ("step 2: the loss is not finite", "/photos/0.jpg", "/photos/1.jpg", "'id-0'"):
        assert part in text
    assert "lower train.learning_rate (now" in text
    assert "`pip install hyperpose-" in text, "what says more"
    unchanged(state, before)
    assert not (tmp_path / "run").exists()


def test_a_strangers_plugin_explains_a_batch_and_keeps_files(tmp_path):
    record, heard = explaining(files={"cat.txt": b"it was"})
    _, state, guard, warnings = world(tmp_path, Net(Bad()), allowed=2, records=[record])
    stale = tmp_path / "run" / "bad_batch-00000001" / "worker-1"
    stale.mkdir(parents=True)
    for value in (1e6, 2e6):
        bad = batch_of(images=np.full((2, 8, 8, 3), value, np.float32))
        assert not step(state, guard, bad, 1)
        assert heard[-1].batch is bad
    for name, said in zip(("", "-2"), warnings, strict=True):
        folder = tmp_path / "run" / f"bad_batch-00000001{name}"
        assert said.startswith(f"step 1: The cat did it. It is kept in {folder}. Left out")
        assert (folder / "cat.txt").read_bytes() == b"it was"
    assert not stale.exists(), "of another batch"
    event = heard[0]
    assert (event.step, event.worker, event.what) == (1, 0, "the loss is not finite")
    assert [name for name, _ in event.samples] == [f"id-{n}" for n in guard.images.of(bad)]
    losses, gradients = event.compute(bad.images[:1], {"target": bad.targets["target"][:1]})
    assert not np.isfinite(losses["loss"])
    assert [g.shape for g in gradients] == [v.shape for v in event.trained.values()]


def test_a_plugin_that_fails_to_explain_costs_its_explanation_only(tmp_path):
    def fail(event):
        raise OSError("the cat is away")

    hooks = {"hyperpose_on_train_not_finite": fail}
    record = PluginRecord("cats", "their-cats", "1", life_cycle=hooks)
    _, state, guard, warnings = world(tmp_path, Net(Bad()), allowed=1, records=[record])
    assert not step(state, guard, batch_of(images=np.full((2, 8, 8, 3), 1e6, np.float32)))
    assert "the loss is not finite; its batch: id" in warnings[0]


class Three(SingleTrain):
    """A strategy whose other workers, 1 and 2, say what they are told to say."""

    size = 3
    others: ClassVar[list[Explanation]] = []

    def gather(self, data):
        return [data, *map(packed, self.others)]


@pytest.mark.parametrize(
    ("guilty", "said", "kept"),
    [
        ((True, False), "step 1: dogs.", ["worker-1/b"]),
        ((True, True), "step 1: dogs.", ["worker-1/b", "worker-2/b"]),
        (
            (False, False),
            "step 1: Worker 0: The cat did it. Worker 1: dogs. Worker 2: dogs.",
            ["worker-0/a", "worker-1/b", "worker-2/b"],
        ),
    ],
)
def test_of_several_workers_those_are_named_that_had_the_bad_batch(tmp_path, guilty, said, kept):
    record, _ = explaining(guilty=False, files={"a": b""})
    _, state, guard, warnings = world(tmp_path, Net(Bad()), allowed=1, records=[record])
    bad = batch_of(images=np.full((2, 8, 8, 3), 1e6, np.float32))
    losses = {n: float(v) for n, v in state(bad.images, bad.targets, 1e-3, 0).items()}
    guard.strategy = Three(state.config.train)
    Three.others = [Explanation(text="dogs.", guilty=g, files={"b": b"bone"}) for g in guilty]
    assert not guard.passes(bad, 1, 1e-3, losses, False)
    assert warnings[0].startswith(said)
    folder = tmp_path / "run" / "bad_batch-00000001"
    files = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    assert files == kept


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
    assert warnings[0].startswith("step 1: an annotation is not finite: not finite in its batch")
    assert "id 'id-1' (/photos/1.jpg): the box of person 0" in warnings[0]
    assert "/photos/0.jpg" not in warnings[0]
    with pytest.raises(NotFiniteError):
        guard.admits(batch_of(), 1)


def test_a_clean_batch_is_not_looked_at(tmp_path):
    _, _, guard, _ = world(tmp_path)
    assert guard.admits(replace(batch_of(), counters=None), 1)


def test_weights_that_are_not_finite_are_not_saved(tmp_path):
    net, _, guard, _ = world(tmp_path)
    guard.check_variables(1)
    net.head.filters.assign(net.head.filters * np.inf)
    with pytest.raises(NotFiniteError, match=r"step 7: weights/head/filters is not finite"):
        guard.check_variables(7)


def test_weights_that_a_step_spoiled_are_no_fault_of_the_next_batch(tmp_path):
    net, _, guard, warnings = world(tmp_path, skip_bad_batches=5, optimizer="SGD")
    assert guard.passes(batch_of(), 1, 0.1, {"loss": 1.0}, finite=True)
    net.head.filters.assign(net.head.filters * np.inf)
    with pytest.raises(NotFiniteError, match=r"step 1: .*another train\.optimizer \(now SGD\)"):
        guard.passes(batch_of(), 2, 0.1, {"loss": np.nan}, finite=False)
    assert (warnings, guard.skipped) == ([], 0)
