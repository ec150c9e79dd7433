"""A stranger's dataset of the pictures with marks, which the tests of profiles install."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from marks import FAMILY, draw, make_run

from hyperpose_core.cli import main
from hyperpose_core.registry import get_registry

DATASET = """
import json
from pathlib import Path

import numpy as np

from hyperpose_core import *

from hyperpose_marks_plugin import MARKS

HALF = Skeleton("half", ("red", "blue"), limbs=((0, 1),))


@hookimpl
def hyperpose_register_datasets():
    yield DatasetSpec(name="Marked", target=f"{__name__}:Marked", skeleton="marks")


@hookimpl
def hyperpose_register_skeletons():
    yield SkeletonSpec(name="half", target=f"{__name__}:HALF")


class Marked:
    skeleton = MARKS

    def __init__(self, config):
        self.folder = Path(config.path)
        self.truth = json.loads((self.folder / "truth.json").read_text())

    def train_samples(self):
        return self.eval_samples()

    def eval_samples(self):
        for name, places in self.truth.items():
            points = np.concatenate([places, [[2], [2]]], 1)[None].astype(np.float32)
            boxes = np.array([[0, 0, 64, 48]], np.float32)
            yield Sample(name, self.folder / name, 64, 48, points, boxes)

    def evaluate(self, humans, image_ids=None):
        names = list(self.truth) if image_ids is None else image_ids
        right = sum(
            any(np.abs(h.keypoints[:, :2] - self.truth[name]).max() < 1 for h in humans[name])
            for name in names
        )
        return {"AP": right / len(names)}

    def to_results(self, humans):
        return []
"""


@pytest.fixture
def table(install_plugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with pictures of marks, and the run `marks` that finds them."""
    install_plugin("marks", FAMILY)
    install_plugin("marked", DATASET)
    get_registry.cache_clear()
    make_run(tmp_path / "save_dir", **{"data.type": "Marked", "data.path": "pictures"})
    draw(tmp_path / "pictures")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    get_registry.cache_clear()


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    """Run a command with --json, and return what it prints."""
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    found: dict = json.loads(capsys.readouterr().out)
    return found


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command that is wrong input, and return what it says in one line."""
    capsys.readouterr()
    assert main([*words]) == 2
    got = capsys.readouterr()
    assert not got.out
    [line] = got.err.strip().splitlines()
    return line
