"""Two processes that work together, as `hyperpose launch` starts them, and what they found."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from hyperpose_core.config import to_dict
from hyperpose_plugintools.kit.check import BrokenPromiseError, Subject, UncheckedError

COUNT = 2
LIMIT = 180.0
"""Seconds in which they have to be done."""
MISSING = "missing"
"""The key under which a worker says what it needs and does not have."""

Found = dict[str, Any]
Process = subprocess.Popen[bytes]


def together(subject: Subject, part: str) -> list[Found]:
    """Run a module of this package in two processes, and return what each found, by rank.

    Args:
        part: the module, which is called with the component's name, a file with the configuration,
            and one for what it finds.

    Raises:
        BrokenPromiseError: one fails, or they wait for each other.
        UncheckedError: one says that something is missing.
    """
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        (folder / "config.json").write_text(json.dumps(to_dict(subject.config), default=str))
        logs = [stack.enter_context((folder / f"log-{n}").open("w+")) for n in range(COUNT)]
        processes = [
            stack.enter_context(_started(subject.name, part, folder, rank, config, log))
            for rank, (config, log) in enumerate(zip(_configs(), logs, strict=True))
        ]
        _wait(processes, logs)
        found = [json.loads((folder / f"{rank}.json").read_text()) for rank in range(COUNT)]
    if lost := next((each[MISSING] for each in found if MISSING in each), None):
        raise UncheckedError(str(lost))
    return found


def _configs() -> list[str]:
    """Return `TF_CONFIG` for each worker, with ports that are free now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(COUNT)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        peers = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    tasks = [{"type": "worker", "index": rank} for rank in range(COUNT)]
    return [json.dumps({"cluster": {"worker": peers}, "task": task}) for task in tasks]


@contextlib.contextmanager
def _started(
    name: str, part: str, folder: Path, rank: int, config: str, log: TextIO
) -> Iterator[Process]:
    path = os.pathsep.join(entry for entry in sys.path if entry)
    words = [sys.executable, "-m", f"{__package__}.{part}", name]
    files = [str(folder / "config.json"), str(folder / f"{rank}.json")]
    environment = {**os.environ, "PYTHONPATH": path, "TF_CONFIG": config}
    process = subprocess.Popen([*words, *files], env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait(processes: Sequence[Process], logs: Sequence[TextIO]) -> None:
    end = time.monotonic() + LIMIT
    while any(process.poll() is None for process in processes):
        _see(processes, logs)
        if time.monotonic() > end:
            raise BrokenPromiseError(
                f"expected {COUNT} workers to be done, received workers that wait for each other "
                f"for {LIMIT:g} seconds"
            )
        time.sleep(0.05)
    _see(processes, logs)


def _see(processes: Sequence[Process], logs: Sequence[TextIO]) -> None:
    for rank, (process, log) in enumerate(zip(processes, logs, strict=True)):
        if process.poll():
            log.seek(0)
            said = log.read().strip().rpartition("\n")[2]
            raise BrokenPromiseError(
                f"expected {COUNT} workers to be done, received from worker {rank}: {said}"
            )
