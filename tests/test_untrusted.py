"""Files that mean harm: each is refused by a sentence, in little memory, and nothing of it runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MOST_MB = 400
"""By which reading one may grow the process: what an honest file of 64 MB needs, and copies."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("hostile_reading.py")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, f"ended at {done.stderr[-3000:]}"
    assert not (folder / "ran").exists()
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]


def test_each_is_refused_by_a_sentence(outcomes):
    assert len(outcomes) > 50
    wrong = [
        row
        for *row, words, said, _ in outcomes
        if words and (said is None or words not in said or "\n" in said)
    ]
    assert not wrong


def test_none_takes_much_memory(outcomes):
    assert not [row for row in outcomes if row[-1] > MOST_MB]
