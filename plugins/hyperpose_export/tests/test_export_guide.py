"""The page on exports: its application runs, its example of a format is a plugin."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from marks import desk as desk

from hyperpose_core.cli import main
from hyperpose_core.registry import make_registry
from hyperpose_export.parity import LIMITS

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "export.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_application_runs_and_draws_people(desk):
    pytest.importorskip("tf2onnx")
    pytest.importorskip("onnxruntime")
    [code] = [block for block in BLOCKS if "sys.argv" in block]
    words = ("--to", "onnx", "--images", "pictures", "--out", "lw.onnx")
    assert main(["export", "runs/marks", *words]) == 0
    (desk / "app.py").write_text(code)
    (desk / "no.png").write_text("no picture")
    command = [sys.executable, "app.py", "pictures/0.png", "no.png", "pictures/1.png"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=desk)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "keypoints: red, green"
    assert {"pictures/0.png: 1 people", "no.png is no image", "pictures/1.png: 1 people"} <= {
        *lines
    }
    assert sum(line.startswith("    red: ") for line in lines) == 2
    assert (desk / "pictures/0.png.people.png").is_file()


def test_the_example_of_a_format_is_a_plugin(install_plugin):
    [plugin] = [block for block in BLOCKS if "hookimpl" in block]
    [files] = [block for block in BLOCKS if "opener" in block]
    site = install_plugin("theirs", plugin)
    (site / "theirs_runtime.py").touch()
    package = site / "hyperpose_theirs"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "files.py").write_text(files)
    registry = make_registry()
    [record] = [record for record in registry.records if record.name == "theirs"]
    assert record.status == "ok", record.error
    assert "theirs" in registry.names("exporter")
    assert callable(registry.load("runtime", "theirs"))


def test_the_limits_are_those_of_the_page():
    rows = re.findall(r"^\| (\w+) \| ([\d.]+) \| (\d+)% \| (\d+)% \|$", PAGE, re.MULTILINE)
    said = {name: (float(maps), int(people), int(near)) for name, maps, people, near in rows}
    assert said == {
        name: (one.maps, round(100 * one.people), round(100 * one.keypoints))
        for name, one in LIMITS.items()
    }
