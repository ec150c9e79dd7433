"""Supervising workers: their output, Ctrl-C for all, and an end for all when one fails."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType

from hyperpose_core.messages import Messages

_Worker = subprocess.Popen[bytes]


def supervise(workers: Sequence[_Worker], grace: float) -> int:
    """Wait until all workers have ended, and return an exit code.

    Args:
        grace: seconds that the others have to end by themselves, and to say why, after one has
            failed; then they get SIGTERM, and half as long afterwards SIGKILL.

    Returns:
        0 where all succeeded, else the code of the first that failed; 1 for one that was killed.
    """
    ended: queue.SimpleQueue[int] = queue.SimpleQueue()
    for rank, worker in enumerate(workers):
        threading.Thread(target=_report_end, args=(worker, rank, ended), daemon=True).start()
    readers = [
        threading.Thread(target=_pass_on, args=(worker, rank), daemon=True)
        for rank, worker in enumerate(workers)
        if worker.stdout is not None
    ]
    for reader in readers:
        reader.start()
    try:
        with _Forwarding(workers):
            failed = _wait(workers, ended, grace)
    finally:
        _signal(workers, signal.SIGKILL)
    for reader in readers:
        reader.join(timeout=5)
    if failed is None:
        return 0
    code = workers[failed].returncode
    Messages().say(f"Error: worker {failed} {_how(code)}; the others were ended too. {_ADVICE}")
    return code if code > 0 else 1


_ADVICE = "Its message is above, if it left one; a training goes on from its checkpoint (--resume)"


def _wait(workers: Sequence[_Worker], ended: queue.SimpleQueue[int], grace: float) -> int | None:
    """Return the rank of the first worker that failed, when no worker runs any more."""
    failed, running, until = None, len(workers), float("inf")
    ending = [signal.SIGTERM, signal.SIGKILL]
    while running:
        try:
            rank = ended.get(timeout=0.2)
        except queue.Empty:
            if time.monotonic() > until and ending:
                _signal(workers, ending.pop(0))
                until = time.monotonic() + grace / 2
            continue
        running -= 1
        if failed is None and workers[rank].returncode != 0:
            failed, until = rank, time.monotonic() + grace
    return failed


def _report_end(worker: _Worker, rank: int, ended: queue.SimpleQueue[int]) -> None:
    worker.wait()
    ended.put(rank)


def _pass_on(worker: _Worker, rank: int) -> None:
    """Write a worker's lines with its rank before them, each at once."""
    assert worker.stdout is not None
    for line in worker.stdout:
        text = line.decode(errors="replace").rstrip("\n")
        sys.stderr.write(f"[{rank}] {text}\n")
        sys.stderr.flush()


def _how(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


def _signal(workers: Sequence[_Worker], number: signal.Signals) -> None:
    """Signal every worker that runs, with the processes that it started."""
    for worker in workers:
        if worker.poll() is None:
            try:
                os.killpg(worker.pid, number)
            except ProcessLookupError:
                continue


class _Forwarding:
    """A context in which Ctrl-C and SIGTERM go to all workers instead of ending this process."""

    def __init__(self, workers: Sequence[_Worker]) -> None:
        self.workers = workers

    def __enter__(self) -> None:
        self._before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
        for number in self._before:
            signal.signal(number, self._forward)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _forward(self, number: int, frame: FrameType | None) -> None:
        _signal(self.workers, signal.Signals(number))
