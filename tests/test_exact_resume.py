"""Exact resume: a training that died and went on ends, bit for bit, as one that did not.

With everything on that has a memory: moving averages, the scale of the loss, a schedule, slots,
batch-norm statistics, the order of the images and their augmentation.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_runs import hyperpose, sets, settings

from hyperpose_core import get_dataset, get_model, get_train
from hyperpose_core.build.weights import load_weights
from hyperpose_core.config import resolve_config
from hyperpose_training.loop import Training

STEPS, SAVED, DEAD = 8, 3, 5
"""A checkpoint at every third step; the process dies after the fifth."""
ALL = (
    "train.ema_decay=0.9",
    "train.precision=float16",
    "train.accumulate=2",
    "train.warmup_steps=1",
    "train.weight_decay=0.01",
    f"train.steps={STEPS}",
    f"train.save_interval={SAVED}",
)
CASES = {
    "Openpose": ("model.backbone=Vggtiny", "train.optimizer=AdamW", "train.schedule=one_cycle"),
    "LightweightOpenpose": ("train.optimizer=Adam", "train.schedule=cosine"),
    "MobilenetThinOpenpose": ("train.optimizer=RMSprop", "train.schedule=polynomial"),
    "Poseproposal": ("model.backbone=Resnet18", "train.optimizer=SGD", "train.schedule=step"),
}


class DiedError(Exception):
    """Stands for a kill: nothing is saved after it."""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


def train(folder: Path, pictures: Path, *more: str) -> None:
    run = (f"log.save_dir={folder.parent}", f"model.name={folder.name}", "log.quiet=true")
    config = resolve_config(sets=settings(pictures, *run, *more))
    assert config.data.augment
    get_train(config)(get_model(config), get_dataset(config))


def die_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    advance = Training.advance

    def dying(self: Training) -> None:
        if self.progress.step == step:
            raise DiedError
        advance(self)

    monkeypatch.setattr(Training, "advance", dying)


def everything(folder: Path) -> dict[str, Any]:
    """Return all arrays of the last checkpoint and of the model."""
    model = load_weights(folder / "model_dir" / "newest_model.npz")
    last = load_weights(folder / "model_dir" / f"checkpoint-{STEPS:08d}.npz")
    return {**last, **{f"model/{name}": array for name, array in model.items()}}


def check(tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> None:
    train(tmp_path / "at_once", pictures, *more)
    expected = everything(tmp_path / "at_once")
    kinds = {name.split("/")[0] for name in expected}
    assert kinds == {"weights", "optimizer", "ema", "scale", "model", "progress"}
    with monkeypatch.context() as patch:
        die_at(DEAD, patch)
        with pytest.raises(DiedError):
            train(tmp_path / "in_parts", pictures, *more)
    kept = sorted(path.name for path in (tmp_path / "in_parts" / "model_dir").glob("checkpoint-*"))
    assert kept == [f"checkpoint-{SAVED:08d}.npz"]
    train(tmp_path / "in_parts", pictures, *more)
    got = everything(tmp_path / "in_parts")
    assert got.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(got[name], array, err_msg=name)


@pytest.mark.slow
def test_a_training_that_died_ends_as_one_that_did_not(tmp_path, pictures, monkeypatch):
    more = CASES["Openpose"]
    check(tmp_path, pictures, monkeypatch, "model.type=Openpose", *more, *ALL)


@pytest.mark.slow
@pytest.mark.parametrize("model", CASES)
def test_each_architecture_ends_as_one_that_did_not_die(tmp_path, pictures, monkeypatch, model):
    check(tmp_path, pictures, monkeypatch, f"model.type={model}", *CASES[model], *ALL)


DYING = """
import os, signal, sys
from hyperpose_core.cli.main import main
from hyperpose_training.loop import Training

advance = Training.advance

def dying(self):
    if self.progress.step == int(sys.argv[1]) and self.strategy.rank == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    advance(self)

Training.advance = dying
sys.exit(main(["train", *sys.argv[2:]]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("model", CASES)
def test_two_workers_of_which_one_is_killed_end_as_two_that_were_not(tmp_path, pictures, model):
    """A real `kill -9` of worker 1, of each architecture, with everything switched on."""
    (tmp_path / "dying.py").write_text(DYING)
    texts = settings(pictures, f"model.type={model}", *CASES[model], *ALL)
    words = [*sets([*texts, "train.type=Parallel_train"]), "--quiet"]

    def run(name: str, *start: str) -> subprocess.CompletedProcess[str]:
        return hyperpose("launch", "-np", "2", *start, "--name", name, *words, cwd=tmp_path)

    at_once = run("at_once", "train")
    assert at_once.returncode == 0, at_once.stderr
    died = run("in_parts", "dying.py", str(DEAD))
    assert died.returncode == 1
    assert "worker 1 was killed by SIGKILL" in died.stderr
    folder = tmp_path / "save_dir" / "in_parts" / "model_dir"
    assert [path.name for path in folder.glob("checkpoint-*")] == [f"checkpoint-{SAVED:08d}.npz"]
    resumed = run("in_parts", "train", "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert "not as before" not in resumed.stderr
    expected, got = (everything(tmp_path / "save_dir" / name) for name in ("at_once", "in_parts"))
    assert got.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(got[name], array, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("deterministic", ["false", "true"])
def test_with_several_threads_too(tmp_path, pictures, deterministic):
    """In processes of their own: deterministic ops stay switched on in a process."""
    threads = {"TF_NUM_INTRAOP_THREADS": "4", "TF_NUM_INTEROP_THREADS": "2", "OMP_NUM_THREADS": "2"}
    wider = ("model.input_size=128x128", "train.batch_size=4", "train.schedule=constant")
    more = (*wider, "train.warmup_steps=0", f"train.deterministic={deterministic}")

    def run(name: str, steps: int) -> dict[str, Any]:
        words = sets(settings(pictures, *ALL, *more, f"train.steps={steps}"))
        resume = ["--resume"] if (tmp_path / "save_dir" / name).exists() else []
        result = hyperpose("train", "--name", name, *resume, *words, cwd=tmp_path, **threads)
        assert result.returncode == 0, result.stderr
        return everything(tmp_path / "save_dir" / name) if steps == STEPS else {}

    expected = run("at_once", STEPS)
    run("in_parts", DEAD)
    got = run("in_parts", STEPS)
    for name in expected.keys() - {"progress"}:
        np.testing.assert_array_equal(got[name], expected[name], err_msg=name)
