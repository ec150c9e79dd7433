"""Locks: one process at a time, until it is gone, and a sentence that names it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hyperpose_core.errors import InputError
from hyperpose_training.start.lock import HOLDER, held

HOLD = """
import sys, time
from pathlib import Path
from hyperpose_training.start.lock import held
with held(Path(sys.argv[1]), "", print):
    print("mine", flush=True)
    time.sleep(60)
"""
COMPETE = """
import os, sys
from pathlib import Path
from hyperpose_core.errors import InputError
from hyperpose_training.start.lock import held
path, alone = Path(sys.argv[1]), Path(sys.argv[2])
got = 0
while got < 60:
    try:
        with held(path, "", print):
            os.mkdir(alone)  # fails where somebody else is inside
            os.rmdir(alone)
            got += 1
    except InputError:
        pass
"""


def holder(path: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", HOLD, str(path)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "mine\n"
    return process


def test_a_second_process_is_told_of_the_first_until_that_is_killed(tmp_path):
    path = tmp_path / "run" / ".lock"
    first = holder(path)
    try:
        words = f"by process {first.pid} on {socket.gethostname()}, since 20"
        with pytest.raises(InputError, match=words), held(path, f"by {HOLDER}.", print):
            pass
    finally:
        first.send_signal(signal.SIGKILL)
        first.communicate()
    assert path.exists()
    with held(path, "", print):
        assert f"process {os.getpid()} " in path.read_text()
    assert not path.exists()


def test_the_same_process_cannot_have_it_twice(tmp_path):
    path = tmp_path / ".lock"
    with held(path, "", print):
        for _ in range(2):  # the first try must not have freed it
            with pytest.raises(InputError), held(path, "", print):
                pass


def test_nobody_is_ever_inside_with_somebody_else(tmp_path):
    words = [sys.executable, "-c", COMPETE, str(tmp_path / ".lock"), str(tmp_path / "inside")]
    processes = [subprocess.Popen(words, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], errors


def test_a_folder_is_left_behind_only_where_something_is_in_it(tmp_path):
    def fail(folder: Path, files: tuple[str, ...]) -> None:
        with held(folder / ".lock", "", print):
            for name in files:
                (folder / name).touch()
            raise RuntimeError

    for name, files in {"empty": (), "filled": ("log.txt",)}.items():
        with pytest.raises(RuntimeError):
            fail(tmp_path / name, files)
    assert [path.name for path in tmp_path.rglob("*")] == ["filled", "log.txt"]


def test_a_file_that_cannot_be_removed_does_not_hide_what_ended_the_work(tmp_path):
    path = tmp_path / ".lock"

    def work() -> None:
        with held(path, "", print):
            path.unlink()
            path.mkdir()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        work()


def test_a_file_system_without_locks_is_named(tmp_path, monkeypatch):
    def none(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("hyperpose_training.start.lock.fcntl.flock", none)
    said: list[str] = []
    with held(tmp_path / ".lock", "", said.append):
        pass
    assert len(said) == 1
    assert "a file system without locks (No locks available)" in said[0]
