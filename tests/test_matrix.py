"""The matrix of versions tries what the distributions declare, all of it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import matrix
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet


def test_it_tries_every_python_that_is_promised_and_no_other():
    text = (Path(matrix.ROOT) / "hyperpose_core" / "pyproject.toml").read_text()
    promised = SpecifierSet(re.findall(r'requires-python = "(.*)"', text)[0])
    assert set(matrix.PYTHONS) == {f"3.{n}" for n in range(30) if f"3.{n}" in promised}


def test_it_asks_for_every_dependency_once_and_for_what_the_formats_need():
    names = [Requirement(text).name for text in matrix.declared()]
    assert sorted(set(names)) == names
    assert {"tensorflow", "numpy", "opencv-python", "h5py", "tf2onnx", "onnxruntime"} <= {*names}
    assert {*matrix.SHOWN} - {"keras"} <= {*names}, "keras comes with TensorFlow"


def test_the_chosen_tests_exist():
    assert all((matrix.ROOT / name).is_file() for name in matrix.TESTS)


def test_a_choice_that_chooses_nothing_says_what_there_is(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["matrix.py", "--only", "2.7"])
    with pytest.raises(SystemExit, match=r"2\.7: matches none of Python 3\.10, oldest TensorFlow"):
        matrix.main()


@pytest.mark.parametrize(
    ("fails", "outcome", "code"),
    [("venv", "not available here (find Python", 0), ("pip", "failed (resolve", 1)],
)
def test_what_is_lacking_here_is_no_failure_a_range_without_versions_is(
    monkeypatch, tmp_path, capsys, fails, outcome, code
):
    uv = tmp_path / "uv"
    uv.write_text(f"#!/bin/sh\n[ $1 = {fails} ] || exit 0\necho there is none\nexit 2\n")
    uv.chmod(0o755)
    monkeypatch.setattr(matrix, "MATRIX", tmp_path / "made")
    monkeypatch.setattr(sys, "argv", ["matrix.py", "--only", "3.13, newest", "--uv", str(uv)])
    assert matrix.main() == code
    assert f"| {outcome}: there is none) |" in capsys.readouterr().out
