"""What the tests of whole runs share: the smallest training there is, and processes that do it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TINY = (
    "model.type=Openpose",
    "model.backbone=Vggtiny",
    "model.input_size=64x64",
    "model.width=0.25",
    "model.stages=1",
    "train.batch_size=2",
    "log.interval=1",
)
PICTURES = {"train_images": 6, "val_images": 2, "width": 96, "height": 96, "max_people": 2}


def settings(pictures: Path, *more: str) -> list[str]:
    """Return `group.key=value` texts of a tiny run, whose pictures are drawn once, there."""
    table = ", ".join(f"{name} = {value}" for name, value in PICTURES.items())
    return [*TINY, f"data.path={pictures}", f"data.options={{{table}}}", *more]


def sets(texts: list[str]) -> list[str]:
    """Return the same texts as words of the command line."""
    return [word for text in texts for word in ("--set", text)]


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a process with one thread, so that tests can run side by side."""
    threads = dict.fromkeys(
        ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1"
    )
    return {**os.environ, **threads, "TF_CPP_MIN_LOG_LEVEL": "2", **more}


def usual_signals() -> None:
    """Let Ctrl-C and hanging up end this process, and those that it starts, as in a terminal.

    What a shell starts behind `&` ignores Ctrl-C, what `nohup` starts hanging up, and so do their
    children.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def python(
    *words: str | Path, cwd: Path, timeout: int = 300, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run this Python with some words and return what became of it."""
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=cwd,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def printed(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """Run a command in this process, and return what it prints."""
    from hyperpose_core.cli import main

    capsys.readouterr()
    assert main([*map(str, words)]) == 0
    return capsys.readouterr().out


def hyperpose(*words: str | Path, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return python("-m", "hyperpose_core", *words, cwd=cwd, **more)
