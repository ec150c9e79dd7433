"""Checkpoints: all that resuming needs, damaged ones, ones that do not fit, and where from."""

import dataclasses
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_net import PlainNet, batch, make_step, values

from hyperpose_core import Config
from hyperpose_core.build.weights import load_weights, save_weights
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import CheckpointError
from hyperpose_core.plugins import PluginRecord
from hyperpose_core.runs import Run
from hyperpose_training.keeping.checkpoint import (
    Progress,
    checkpoints,
    load_checkpoint,
    save_checkpoint,
)
from hyperpose_training.keeping.provenance import differences, origin
from hyperpose_training.optimizing.schedule import LearningRate

FULL = {
    "optimizer": "Adam",
    "ema_decay": 0.9,
    "precision": "float16",
    "weight_decay": 0.1,
    "clip_norm": 1.0,
    "accumulate": 2,
}
PLUGINS = [PluginRecord("coco", "hyperpose-coco", "1.0"), PluginRecord("own", "own", "0.3")]
RATE = LearningRate(Config().train)


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path / "run")


def train(state, first, last):
    for step in range(first, last):
        state(*batch(step), 0.05, step)


def test_steps_after_a_resume_are_those_of_an_uninterrupted_training(run):
    at_once, first, resumed = make_step(**FULL), make_step(**FULL), make_step(seed=9, **FULL)
    for state in (at_once, first):
        state.scale.scale.assign(2.0**30)  # the first steps overflow: the scale is on its way
    train(at_once, 0, 20)
    train(first, 0, 12)
    saved = Progress(12, 48, 7, {"best": {"score": 0.5}}, {"plugins": {}, "settings": {}})
    save_checkpoint(run, first, saved)
    assert load_checkpoint(run, resumed) == saved
    train(resumed, 12, 20)
    assert float(at_once.scale.scale) < 2.0**30
    for name, array in values(at_once.variables).items():
        np.testing.assert_array_equal(resumed.variables[name], array, err_msg=name)


def spoil(path, how):
    content = path.read_bytes()
    half = len(content) // 2
    if how == "truncated":
        path.write_bytes(content[:half])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "a flipped bit":
        path.write_bytes(content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :])
    else:
        save_weights(path, {"weights/other": np.zeros(3)})


@pytest.mark.parametrize("how", ["truncated", "empty", "a flipped bit", "something else"])
def test_a_damaged_checkpoint_is_named_and_the_one_before_it_taken(run, how):
    state, said = make_step(), []
    train(state, 0, 1)
    save_checkpoint(run, state, Progress(step=1))
    good = values(state.variables)
    train(state, 1, 2)
    damaged = save_checkpoint(run, state, Progress(step=2))
    spoil(damaged, how)
    resumed = make_step(seed=1)
    assert load_checkpoint(run, resumed, said.append).step == 1
    assert len(said) == 1
    assert "checkpoint-00000002.npz" in said[0]
    assert "checkpoint-00000001.npz" in said[0]
    for name, array in good.items():
        np.testing.assert_array_equal(resumed.variables[name], array, err_msg=name)
    spoil(checkpoints(run)[0], how)
    with pytest.raises(CheckpointError, match=r"no checkpoint of the run .* can be read"):
        load_checkpoint(run, resumed, said.append)


def test_going_on_replaces_a_damaged_checkpoint_of_a_later_step(run):
    state = make_step()
    for step in (1, 2, 4):
        save_checkpoint(run, state, Progress(step=step))
    spoil(checkpoints(run)[-1], "truncated")
    save_checkpoint(run, state, Progress(step=3))
    assert [path.name for path in checkpoints(run)] == [
        "checkpoint-00000002.npz",
        "checkpoint-00000003.npz",
    ]


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        ({}, {"ema_decay": 0.9}, "lacks a moving average of the weights.*without train.ema_decay"),
        ({"ema_decay": 0.9}, {}, "has a moving average of the weights.*with train.ema_decay"),
        ({}, {"precision": "float16"}, "lacks the scale of the loss.*without train.precision"),
        ({"precision": "float16"}, {"precision": "bfloat16"}, "has the scale of the loss"),
        ({}, {"optimizer": "Adam"}, "optimizer/m/.* is missing"),
        ({}, {"make_model": PlainNet}, "does not fit this model.*1/gamma is left over"),
        ({}, {"freeze": ["head*"]}, "optimizer/momentum/head/filters is left over"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_changed(run, before, now, words):
    save_checkpoint(run, make_step(**before), Progress(step=1))
    state = make_step(seed=1, **now)
    untouched = values(state.variables)
    with pytest.raises(CheckpointError, match=words):
        load_checkpoint(run, state)
    for name, array in values(state.variables).items():
        np.testing.assert_array_equal(untouched[name], array, err_msg=name)


def test_another_optimizer_with_the_same_slots_is_named(run):
    config = Config()
    config.train.optimizer = "AdamW"
    progress = Progress(step=1, origin=origin(config, PLUGINS))
    save_checkpoint(run, make_step(optimizer="AdamW"), progress)
    with pytest.raises(CheckpointError, match=r"optimizer AdamW.*--set train.optimizer=AdamW"):
        load_checkpoint(run, make_step(optimizer="Adam"))


def test_a_checkpoint_of_an_older_version_can_be_read_and_says_nothing_of_its_origin(run):
    state = make_step()
    path = save_checkpoint(run, state, Progress(step=3, position=6))
    arrays = load_weights(path)
    arrays["progress"] = np.array('{"step": 3, "position": 6, "seed": 0}')
    save_weights(path, arrays)
    progress = load_checkpoint(run, state)
    assert (progress.step, progress.position) == (3, 6)
    said = differences(progress.origin, origin(Config(), PLUGINS), RATE)
    assert said == ["the checkpoint does not say with which plugins and settings it was made"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ([], "progress is no table"),
        ({"step": -1}, "progress.step is -1"),
        ({"position": None}, "progress.position is None"),
        ({"seed": True}, "progress.seed is True"),
        ({"kept": 0.5}, "progress.kept is no table"),
        ({"kept": {"best": {"phase": 1}}}, "progress.kept.best is"),
        ({"kept": {"best": {"stale": "1"}}}, "progress.kept.best is"),
        ({"kept": {"workers": {"done": [1]}}}, "progress.kept.workers.block is missing"),
        ({"kept": {"workers": {"block": 4, "start": 0, "done": [-1]}}}, "workers.done is"),
        ({"origin": {"plugins": {}}}, "progress.origin.settings is missing"),
        ({"origin": {"plugins": {}, "settings": {"train.optimizer": 5}}}, "train.optimizer is 5"),
        ({"origin": {"plugins": {}, "settings": {"train.steps": 0}}}, "train.steps is 0"),
        ({"origin": {"plugins": {}, "settings": {}, "images": {"count": 3}}}, "which is missing"),
    ],
)
def test_fields_of_other_kinds_are_named(run, fields, words):
    path = save_checkpoint(run, make_step(), Progress(step=3))
    arrays = load_weights(path)
    arrays["progress"] = np.array(json.dumps(fields))
    save_weights(path, arrays)
    with pytest.raises(CheckpointError, match=re.escape(words)):
        load_checkpoint(run, make_step())


def test_a_checkpoint_that_does_not_say_its_steps_says_no_difference_of_them():
    before = {"plugins": {}, "settings": {}}
    assert not [d for d in differences(before, origin(Config(), []), RATE) if "steps" in d]


def test_a_checkpoint_of_a_newer_version_is_an_error(run):
    path = save_checkpoint(run, make_step(), Progress(step=3))
    arrays = load_weights(path)
    arrays["progress"] = np.array('{"step": 3, "phase_of_the_moon": 0}')
    save_weights(path, arrays)
    with pytest.raises(CheckpointError, match="phase_of_the_moon"):
        load_checkpoint(run, make_step())


def changed(**settings):
    config = Config()
    for key, value in settings.items():
        group, name = key.split("__")
        setattr(getattr(config, group), name, value)
    return config


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, []),
        ({"log__interval": 7, "eval__flip": True, "train__save_interval": 9}, []),
        ({"model__name": "moved", "data__path": "elsewhere"}, []),
        ({"train__batch_size": 3}, ["train.batch_size was 8, is 3"]),
        ({"data__scale": (0.5, 2)}, ["data.scale was [0.6, 1.2], is [0.5, 2.0]"]),
        ({"train__seed": 4, "data__flip": 0}, ["train.seed was 0, is 4", "data.flip was 0.5"]),
        ({"train__schedule": "step"}, ["train.schedule was 'cosine', is 'step'"]),
        ({"train__steps": 2000}, ["'cosine' goes on at the learning rate"]),
        (
            {"train__steps": 2000, "train__objectives": ["calm"]},
            ["train.objectives was [], is", "'cosine' goes on", "another part of the steps"],
        ),
    ],
)
def test_settings_that_change_the_numbers_are_named_on_resume(settings, said):
    before = origin(Config(), PLUGINS)
    now = changed(**settings)
    found = differences(before, origin(now, PLUGINS), LearningRate(now.train))
    assert len(found) == len(said)
    assert all(words in line for words, line in zip(said, found, strict=True))


@pytest.mark.parametrize("schedule", ["constant", "step"])
@pytest.mark.parametrize(
    ("warmup", "steps", "said"),
    [
        (5, (10, 20), []),
        (None, (1000, 3000), []),
        (None, (10, 2000), ["the warm-up, 1 steps before, would have been 100"]),
    ],
)
def test_more_steps_of_a_schedule_without_an_end_change_the_warm_up_alone(
    schedule, warmup, steps, said
):
    same = {"train__schedule": schedule, "train__warmup_steps": warmup}
    before, now = (changed(train__steps=count, **same) for count in steps)
    rate = LearningRate(now.train)
    found = differences(origin(before, PLUGINS), origin(now, PLUGINS), rate)
    assert len(found) == len(said)
    assert all(words in line for words, line in zip(said, found, strict=True))


def test_plugins_that_differ_are_named_on_resume():
    newer = [dataclasses.replace(PLUGINS[0], version="1.1"), PluginRecord("new", "new", "2")]
    found = differences(origin(Config(), PLUGINS), origin(Config(), newer), RATE)
    assert found == [
        "the plugin coco was 1.0, is 1.1",
        "the plugin own was 0.3, is not installed",
        "the plugin new 2 was not installed",
    ]


def test_other_training_images_are_named():
    def samples(*names):
        return [
            Sample(number, Path(f"data/{name}.png"), 8, 8, np.zeros((0, 1, 3)), np.zeros((0, 4)))
            for number, name in enumerate(names)
        ]

    def made(*names):
        return origin(Config(), PLUGINS, samples(*names))

    before = made("a", "b", "c")
    assert differences(before, made("a", "b", "c"), RATE) == []
    moved = [replace(s, path=Path("elsewhere") / s.path.name) for s in samples("a", "b", "c")]
    assert differences(before, origin(Config(), PLUGINS, moved), RATE) == []
    assert differences(before, origin(Config(), PLUGINS, moved[::-1]), RATE)[0].startswith(
        "the training images come in another order: the training goes on at its place"
    )
    for names, words in ((("a", "b"), "are 2, were 3"), (("a", "b", "d"), "are others")):
        [found] = differences(before, made(*names), RATE)
        assert found.startswith(f"the training images {words}: ")
