"""The guide "Your first plugin", its commands as they stand, in an environment of its own."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from installations import DISTRIBUTIONS, ROOT, build, environment, pip, pip_knows_tensorflow, run

PAGE = (ROOT / "docs" / "first-plugin.md").read_text(encoding="utf-8")
LIMIT = 600
"""Seconds of the machine, all commands together."""
NEEDED = ("core", "training", "openpose", "weights", "backbones", "plugintools", "synthetic")
NEEDED += ("coco", "datatools", "scores", "infer")

pytestmark = pytest.mark.slow


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an environment, `env`, that has HyperPose and a pip of its own."""
    folder = tmp_path_factory.mktemp("desk")
    home = environment(folder)
    pip_knows_tensorflow(home)
    wheels = folder / "wheels"
    wheels.mkdir()
    ours = [path for path in DISTRIBUTIONS if path.name.removeprefix("hyperpose_") in NEEDED]
    pip(home, "--no-deps", *build(ours, wheels))
    for name in ("pip", "pytest"):
        script = home / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{home}/bin/python" -m {name} "$@"\n')
        script.chmod(0o755)
    return folder


def test_every_command_works_as_it_stands(desk):
    [change] = blocks("python")
    file = re.search(r"`(hyperpose-crowds/\S+\.py)` becomes", PAGE)
    assert file
    variables = {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "2", "PIP_NO_INDEX": "1"}
    said, begun = "", time.monotonic()
    for number, block in enumerate(blocks("bash")):
        if number == 1:  # the edit comes after the plugin was written
            (desk / file[1]).write_text(change)
        for line in block.splitlines():
            script = f'PATH="{desk}/env/bin:$PATH"; {line}'
            said += run("sh", "-c", script, cwd=desk, **variables).stdout
    assert time.monotonic() - begun < LIMIT
    assert re.search(r"^crowds +0\.1\.0 +ok +filter +crowds$", said, re.MULTILINE)
    assert "crowds: 8 kept, 0 broken, 0 unchecked" in said
    assert "passed" in said
    assert (desk / "save_dir/first/model_dir/newest_model.npz").is_file()
