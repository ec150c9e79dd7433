"""The core, one family and a stranger's dataset, and nothing else of ours: the pipelines work.

The dataset is that of the plugin author's guide. pycocotools, which hyperpose-coco alone needs, is
hidden.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from installations import ROOT, build, environment, pip, pip_knows_tensorflow, run

OURS = [ROOT / "hyperpose_core", ROOT / "plugins/hyperpose_openpose"]
# what hyperpose-openpose declares
OURS += [ROOT / f"plugins/hyperpose_{name}" for name in ("training", "infer", "weights")]
HIDDEN = ("hyperpose", "pycocotools")
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "hyperpose-dots"
version = "1.0"
dependencies = ["hyperpose-core>=0.1,<0.2"]

[project.entry-points.hyperpose]
dots = "hyperpose_dots.plugin"
"""
SMALL = ("--set", "model.width=0.25", "--set", "model.stages=1", "--input-size", "64x64")


def dots(folder: Path) -> Path:
    """Write the guide's dataset plugin as a distribution, and return its folder."""
    page = (ROOT / "docs" / "plugins.md").read_text()
    plugin, dataset = (
        block
        for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL)
        if 'name="Dots"' in block or "class Dots" in block
    )
    package = folder / "hyperpose_dots"
    package.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT)
    (package / "__init__.py").touch()
    (package / "plugin.py").write_text(plugin)
    (package / "dataset.py").write_text(dataset)
    return folder


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an environment, `env`, and with dotted pictures, `data`."""
    folder = tmp_path_factory.mktemp("desk")
    home = environment(folder, HIDDEN)
    pip_knows_tensorflow(home)
    wheels = folder / "wheels"
    wheels.mkdir()
    build([*OURS, dots(folder / "dots")], wheels)
    pip(home, "--find-links", wheels, "hyperpose-openpose", "hyperpose-dots")
    data = folder / "data"
    data.mkdir()
    random = np.random.default_rng(0)
    for split in ("train", "val"):
        entries = []
        for number in range(4):
            name, points = f"{split}-{number}.png", random.uniform(8, 56, (3, 2)).round()
            image = np.full((64, 64, 3), 128, np.uint8)
            for point, color in zip(points, np.eye(3) * 255, strict=True):
                cv2.circle(image, tuple(map(int, point)), 4, color.tolist(), -1)
            cv2.imwrite(str(data / name), image)
            low, size = points.min(0), np.ptp(points, 0)
            keypoints = [[x, y, 2] for x, y in points]
            entry = {"id": number, "image": name, "width": 64, "height": 64}
            entries.append({**entry, "keypoints": keypoints, "boxes": [[*low, *size]]})
        (data / f"{split}.json").write_text(json.dumps(entries))
    return folder


@pytest.fixture(scope="module")
def hyperpose(desk: Path):
    """Run the installed command line and return what became of it."""
    threads = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")

    def call(*words: str | Path, code: int = 0):
        variables = {**dict.fromkeys(threads, "1"), "TF_CPP_MIN_LOG_LEVEL": "2"}
        return run(desk / "env/bin/hyperpose", *words, cwd=desk, code=code, **variables)

    return call


def test_nothing_else_is_installed(desk, hyperpose):
    plugins = json.loads(hyperpose("list-plugins", "--json", "--check").stdout)["plugins"]
    found = {plugin["distribution"] for plugin in plugins}
    names = {folder.name.replace("_", "-") for folder in OURS}
    assert found == names | {"hyperpose-dots"}
    result = run(desk / "env/bin/python", "-c", "import pycocotools", cwd=desk, code=1)
    assert "No module named 'pycocotools'" in result.stderr


def test_train_eval_and_infer_work(desk, hyperpose):
    words = ("--dataset", "dots", "--data", desk / "data", "--model", "MobilenetThinOpenpose")
    hyperpose("train", "--name", "n", *words, *SMALL, "--steps", "2", "--batch-size", "2")
    result = json.loads(hyperpose("eval", "--name", "n", "--json").stdout)
    assert (result["images"], list(result["metrics"])) == (4, ["found"])
    found = json.loads(hyperpose("infer", desk / "data/val-0.png", "--name", "n", "--json").stdout)
    assert Path(found["images"][0]["picture"]).name == "val-0.png"


@pytest.mark.parametrize(
    ("words", "distribution"),
    [
        (["score", "x.json"], "scores"),
        (["convert", "x.json"], "datatools"),
        (["launch", "-np", "2", "train"], "parallel"),
        (["train", "--name", "default"], "synthetic"),
    ],
)
def test_what_is_missing_is_named_with_its_pip_install(hyperpose, words, distribution):
    result = hyperpose(*words, code=2)
    [line] = result.stderr.splitlines()
    assert line.startswith("Error: unknown ")
    assert f"`pip install hyperpose-{distribution}` brings it" in line
    assert result.stdout == ""
