"""The examples run as they stand: each as a user runs it, only smaller."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_runs import ROOT, TINY, hyperpose, python, sets, settings

from hyperpose_core.build.weights import load_weights

EXAMPLES = ROOT / "examples"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the examples are run; the pictures are drawn once for all of them."""
    return tmp_path_factory.mktemp("examples")


def example(name: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    words = settings(folder / "pictures", *more)
    result = python(EXAMPLES / name, *words, cwd=folder)
    assert result.returncode == 0, result.stderr
    return result


def step_of(folder: Path, run: str) -> int:
    lines = (folder / "save_dir" / run / "metrics.jsonl").read_text().splitlines()
    return json.loads(lines[-1])["step"]


@pytest.mark.slow
def test_the_scripts_of_the_tutorial_train_and_score(folder):
    example("train.py", folder, "train.steps=2")
    run = folder / "save_dir" / "my_model"
    assert step_of(folder, "my_model") == 2
    assert load_weights(run / "model_dir" / "newest_model.npz")
    result = example("eval.py", folder)
    assert re.search(r"^AP \d\.\d{3} over 2 images$", result.stdout, re.MULTILINE)
    assert json.loads((run / "eval_results.json").read_text()) is not None
    assert list((run / "eval_vis_dir").glob("*.png"))


@pytest.mark.slow
def test_the_modern_script_trains_scores_and_predicts(folder):
    result = example("modern_train.py", folder, "train.steps=2")
    assert step_of(folder, "my_modern_model") == 2
    assert "over 2 images" in result.stdout


IN_ONE_PROCESS = """
import runpy, sys
from hyperpose import Config

for script in {scripts}:
    Config.reset()
    sys.argv = [script, *{words}]
    runpy.run_path(script)
"""


@pytest.mark.slow
def test_a_model_a_dataset_and_a_filter_of_ones_own(folder):
    """Three scripts in one process: importing TensorFlow takes longer than all of them."""
    scripts = [str(EXAMPLES / name) for name in ("own_model.py", "dataset_filter.py")]
    words = settings(folder / "pictures", "train.steps=2")
    code = IN_ONE_PROCESS.format(scripts=scripts, words=words)
    own = IN_ONE_PROCESS.format(
        scripts=[str(EXAMPLES / "own_dataset.py")], words=[*TINY, "train.steps=2"]
    )
    result = python("-c", code + own, cwd=folder)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()  # the pipelines' own, and those of the scripts
    assert any(line.startswith("AP ") and line.endswith("over 2 images") for line in lines)
    assert re.search(r"filter your filter several_people dropped [1-5] samples", result.stdout)
    assert any(line.endswith("over 8 images") for line in lines)
    assert [step_of(folder, n) for n in ("my_own_model", "on_groups", "on_my_data")] == [2, 2, 2]
    arrays = load_weights(folder / "save_dir" / "my_own_model" / "model_dir" / "newest_model.npz")
    assert sum(array.ndim == 4 for array in arrays.values()) == 5, sorted(arrays)


def test_the_training_loop_of_ones_own_runs(folder):
    cache = {"XDG_CACHE_HOME": str(folder / "cache")}
    result = python(EXAMPLES / "own_pipeline.py", cwd=folder, **cache)
    assert result.returncode == 0, result.stderr
    assert result.stdout


@pytest.fixture(scope="module")
def tinynet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the plugin of examples/ as a stranger's pip would, and return where."""
    site = tmp_path_factory.mktemp("site")
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--target", str(site))
    command = [sys.executable, "-m", "pip", "install", "--quiet", *options]
    subprocess.run([*command, str(EXAMPLES / "hyperpose_tinynet")], check=True, timeout=120)
    return site


def test_the_plugin_is_installed_listed_and_trained(tinynet, folder):
    path = {"PYTHONPATH": str(tinynet)}
    listed = hyperpose("list-plugins", "--json", "--check", cwd=folder, **path)
    assert listed.returncode == 0, listed.stdout
    rows = {plugin["name"]: plugin for plugin in json.loads(listed.stdout)["plugins"]}
    assert rows["tinynet"]["components"] == {"model": ["TinyNet"]}
    train = ["train", "--name", "tiny", "--model", "TinyNet", "--steps", "2", "--quiet"]
    code = f"""
from hyperpose import Config
from hyperpose_core.cli import main

print(Config.MODEL.TinyNet)
assert main({[*train, *sets(settings(folder / "pictures"))]}) == 0
assert main(["eval", "--name", "tiny", "--quiet"]) == 0
"""
    result = python("-c", code, cwd=folder, **path)
    assert result.returncode == 0, result.stderr
    assert "TinyNet" in result.stdout
    assert "over 2 images" in result.stdout


def test_without_it_the_plugin_is_unknown():
    names = [point.name for point in importlib.metadata.entry_points(group="hyperpose")]
    assert "tinynet" not in names


def test_every_example_is_run_here():
    source = "".join(path.read_text() for path in Path(__file__).parent.glob("*.py"))
    for path in EXAMPLES.iterdir():
        assert path.name in source, f"{path.name} is run by no test"
