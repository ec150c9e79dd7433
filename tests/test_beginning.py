"""What a training begins with: no weights are lost, and what it will need is there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from tiny_runs import sets, settings
from tiny_training import config_of, train

from hyperpose_core import get_dataset, get_model, get_train
from hyperpose_core.build.weights import load_weights, named_weights
from hyperpose_core.cli.main import main
from hyperpose_core.errors import CheckpointError, DataError, InputError
from hyperpose_core.runs import Run

STILL = ("train.learning_rate=0", "train.weight_decay=0", "train.eval_interval=0", "train.steps=1")


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Run:
    """A run whose weights are no random ones any more: the seed is another."""
    folder = tmp_path_factory.mktemp("trained")
    return train(config_of(folder, "train.steps=2", "train.seed=5")).run


def given(folder: Path, trained: Run, *names: str) -> Run:
    """Make a run of weights alone, as importing and copying do."""
    run = Run(folder / "run")
    run.model_dir.mkdir(parents=True)
    for name in names or ("newest_model.npz",):
        shutil.copy(trained.newest_model, run.model_dir / name)
    return run


def still(folder: Path, trained: Run, *more: str):
    """Return the configuration of a training that changes nothing but moving statistics."""
    return config_of(folder, *STILL, f"data.path={trained.folder.parent / 'pictures'}", *more)


def files(run: Run) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(run.folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("resume", [True, None])
@pytest.mark.parametrize("name", ["newest_model.npz", "best_model.npz"])
def test_a_run_of_weights_alone_is_gone_on_with(tmp_path, trained, capsys, resume, name):
    run = given(tmp_path, trained, name)
    assert train(still(tmp_path, trained, "log.quiet=false"), resume=resume).step == 1
    begun, now = load_weights(trained.newest_model), load_weights(run.newest_model)
    for key in (key for key in begun if not key.startswith("norm/moving")):
        np.testing.assert_array_equal(now[key], begun[key], err_msg=key)
    assert f"beginning at step 0 with {run.model_dir / name}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("resume", "names", "ways"),
    [
        (False, ("newest_model.npz",), ["has weights, newest_model.npz", "--resume", "--name"]),
        (False, ("best_model.npz",), ["has weights, best_model.npz", "--resume", "--name"]),
        (None, ("newest_model.npz", "best_model.npz"), ["two models", "elsewhere", "--name"]),
        (True, ("newest_model.npz", "best_model.npz"), ["two models", "elsewhere", "--name"]),
    ],
)
def test_weights_that_would_be_overwritten_are_not(tmp_path, trained, resume, names, ways):
    run = given(tmp_path, trained, *names)
    before = files(run)
    config = still(tmp_path, trained)
    for attempt in (
        lambda: train(config, resume=resume),
        lambda: get_train(config).dry_run(None, None, resume=bool(resume)),
    ):
        with pytest.raises(InputError) as caught:
            attempt()
        assert all(way in str(caught.value) for way in ways), caught.value
    assert files(run) == before


def test_weights_of_another_model_are_named_and_stay(tmp_path, trained):
    run = given(tmp_path, trained)
    before = files(run)
    other = still(tmp_path, trained)
    other.model.arch = None  # the default architecture
    with pytest.raises(CheckpointError, match=r"newest_model\.npz"):
        train(other)
    assert files(run) == before


def test_a_dry_run_begins_with_them_too(tmp_path, trained):
    run = given(tmp_path, trained)
    before = files(run)
    config = still(tmp_path, trained, "train.ema_decay=0")
    model, dataset = get_model(config), get_dataset(config)
    get_train(config).dry_run(model, dataset, resume=True)
    assert files(run) == before
    begun, now = load_weights(trained.newest_model), named_weights(model)
    for key in (key for key in begun if not key.startswith("norm/moving")):
        np.testing.assert_array_equal(now[key], begun[key], err_msg=key)


def test_the_command_line_says_so_before_it_begins(tmp_path, trained, capsys):
    run = given(tmp_path, trained)
    before = files(run)
    words = ["train", "--name", "run", "--steps", "1", "--quiet"]
    texts = settings(trained.folder.parent / "pictures", f"log.save_dir={tmp_path}")
    assert main([*words, *sets(texts)]) == 2
    assert "begin with these weights by --resume" in capsys.readouterr().err
    assert files(run) == before


class Failing:
    """A dataset whose evaluation fails for the first time."""

    def __init__(self, real) -> None:
        self.real, self.fails = real, True

    def __getattr__(self, name):
        return getattr(self.real, name)

    def evaluate(self, humans, image_ids=None):
        if self.fails:
            raise OSError("the scorer is away")
        return self.real.evaluate(humans, image_ids)


@pytest.mark.slow
@pytest.mark.parametrize("steps", [2, 4])
def test_steps_are_saved_before_an_evaluation_that_fails_and_it_comes_again(
    tmp_path, trained, steps
):
    pictures = f"data.path={trained.folder.parent / 'pictures'}"
    config = config_of(tmp_path, f"train.steps={steps}", "train.patience=9", pictures)
    dataset = Failing(get_dataset(config))
    with pytest.raises(OSError, match="the scorer is away"):
        get_train(config)(get_model(config), dataset)
    run = Run(tmp_path / "run")
    assert [p.name for p in run.model_dir.glob("checkpoint-*")] == ["checkpoint-00000002.npz"]
    # As a process that was killed between the line and the checkpoint leaves it.
    with run.metrics.open("a") as file:
        file.write('{"kind": "evaluate", "step": 2, "loss": 7.0}\n')
    dataset.fails = False
    result = get_train(config)(get_model(config), dataset)
    at_once = train(config_of(tmp_path, f"train.steps={steps}", pictures, "model.name=at_once"))
    lines = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    scored = [line["step"] for line in lines if line["kind"] == "evaluate"]
    assert scored == list(range(2, steps + 1, 2))
    assert result.best == at_once.best
    for name, array in load_weights(at_once.run.newest_model).items():
        np.testing.assert_array_equal(load_weights(run.newest_model)[name], array, err_msg=name)


class Unscored(Failing):
    """A dataset without an image to score on."""

    def eval_samples(self):
        return []


def test_a_training_that_is_to_be_scored_and_has_no_images_for_it_does_not_begin(tmp_path, trained):
    pictures = f"data.path={trained.folder.parent / 'pictures'}"
    config = config_of(tmp_path, "train.steps=4", pictures)
    dataset = Unscored(get_dataset(config))
    with pytest.raises(DataError, match="no image is left to evaluate on"):
        get_train(config)(get_model(config), dataset)
    assert not (tmp_path / "run").exists()
    config.train.eval_interval = 0
    assert get_train(config)(get_model(config), dataset).step == 4
