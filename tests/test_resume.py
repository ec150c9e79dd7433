"""Resuming with more steps: what comes out is, bit for bit, what all of them at once give."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tiny_runs import settings

from hyperpose_core import get_dataset, get_model, get_train
from hyperpose_core.build.weights import load_weights
from hyperpose_core.config import resolve_config


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


def weights(folder: Path) -> dict[str, np.ndarray]:
    return load_weights(folder / "model_dir" / "newest_model.npz")


def train(folder: Path, pictures: Path, optimizer: str, steps: int) -> dict[str, np.ndarray]:
    """Train up to a step, from the newest checkpoint where there is one; return the weights."""
    # The learning rate of these is no function of the total number of steps, which differs.
    constant = ("train.schedule=constant", "train.warmup_steps=0", f"train.optimizer={optimizer}")
    more = (f"train.steps={steps}", f"log.save_dir={folder.parent}", f"model.name={folder.name}")
    config = resolve_config(sets=settings(pictures, *constant, *more, "log.quiet=true"))
    assert config.data.augment
    get_train(config)(get_model(config), get_dataset(config))
    return weights(folder)


@pytest.mark.parametrize(("optimizer", "stops"), [("Adam", (1, 4))])
def test_training_in_parts_is_training_at_once(tmp_path, pictures, optimizer, stops):
    at_once = train(tmp_path / "at_once", pictures, optimizer, stops[-1])
    for stop in stops:
        in_parts = train(tmp_path / "in_parts", pictures, optimizer, stop)
        if stop != stops[-1]:
            assert any((in_parts[name] != array).any() for name, array in at_once.items())
    assert in_parts.keys() == at_once.keys()
    for name, array in at_once.items():
        np.testing.assert_array_equal(in_parts[name], array, err_msg=name)
    lines = (tmp_path / "in_parts" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == list(range(1, stops[-1] + 1))
