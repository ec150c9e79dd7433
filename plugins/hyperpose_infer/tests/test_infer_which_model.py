"""Without a model `infer` says in one sentence how to come to one, and which there are."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from hyperpose_core.cli import main


@pytest.fixture
def asked(tmp_path, monkeypatch, capfd):
    """Ask without a model, where these runs are; return the one sentence."""
    monkeypatch.chdir(tmp_path)

    def ask(*words: str, runs: tuple[str, ...] = ()) -> str:
        for run in runs:
            folder = Path("save_dir", run)
            (folder / "model_dir").mkdir(parents=True)
            (folder / "config.json").write_text("{}")
            (folder / "model_dir/newest_model.npz").touch()
        Path("save_dir/begun").mkdir(parents=True, exist_ok=True)
        Path("save_dir/begun/config.json").write_text("{}")  # without a model yet
        assert main(["infer", *words]) == 2
        [line] = capfd.readouterr().err.splitlines()
        return line

    return ask


def test_without_any_run_two_commands_make_one(asked):
    line = asked("photo.jpg")
    assert line.startswith("Error: which model? Name a run with --name or an exported file with")
    for command in ("hyperpose import-weights FILE --model", "hyperpose train --name first"):
        assert f"`{command}" in line


def test_the_one_run_is_used_as_the_sentence_says(asked):
    line = asked("my photo.jpg", "--camera", "0", runs=("second",))
    command = line.partition("holds one run: ")[2]
    assert shlex.split(command) == [
        *("hyperpose", "infer", "my photo.jpg", "--camera", "0", "--name", "second")
    ]


def test_several_runs_are_named(asked):
    assert asked("photo.jpg", runs=("b", "a")).endswith("the runs in ./save_dir are a, b")
