"""Supervising workers: their output, Ctrl-C for all, and an end for all when one fails."""

from __future__ import annotations

import queue
import signal
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType

from hyperpose_core.support.messages import Messages
from hyperpose_infer.stopping import stopping_signals
from hyperpose_parallel.launching.places import LOCAL
from hyperpose_parallel.launching.workers import Worker

_End = tuple[int, int]
_WRONG_INPUT = 2


def supervise(workers: Sequence[Worker], grace: float) -> int:
    """Wait until all workers have ended, and return an exit code.

    Args:
        grace: seconds that the others have to end by themselves, and to say why, after one has
            failed; then they get SIGTERM, half as long afterwards SIGKILL, and then nobody waits
            for one whose machine cannot be reached.

    Returns:
        0 where all succeeded, else the code of the first that failed; 1 for one that was killed.
    """
    ended: queue.SimpleQueue[_End] = queue.SimpleQueue()
    for rank, worker in enumerate(workers):
        threading.Thread(target=_report_end, args=(worker, rank, ended), daemon=True).start()
    readers = [
        threading.Thread(target=_pass_on, args=(worker, rank), daemon=True)
        for rank, worker in enumerate(workers)
        if worker.process.stdout is not None
    ]
    for reader in readers:
        reader.start()
    try:
        with _Forwarding(workers):
            failed = _wait(workers, ended, grace)
    finally:
        for worker in workers:
            worker.cut_off()
    for reader in readers:
        reader.join(timeout=5)
    if failed is None:
        return 0
    rank, code = failed
    who = f"worker {rank}{_where(workers[rank])} {_how(workers[rank], code)}"
    Messages().say(f"Error: {who}; the others were ended too. {_advice(code)}")
    return code if code > 0 else 1


def _advice(code: int) -> str:
    if code == _WRONG_INPUT:
        return "Its message is above"
    return "Its message is above, if it left one; a training goes on from its checkpoint (--resume)"


def _wait(workers: Sequence[Worker], ended: queue.SimpleQueue[_End], grace: float) -> _End | None:
    """Return rank and exit code of the first worker that failed, when no worker runs any more."""
    failed, running, until = None, len(workers), float("inf")
    ending = [lambda w: w.send(signal.SIGTERM), lambda w: w.send(signal.SIGKILL), Worker.cut_off]
    while running:
        try:
            end = ended.get(timeout=0.2)
        except queue.Empty:
            if time.monotonic() > until and ending:
                end_it = ending.pop(0)
                for worker in workers:
                    end_it(worker)
                until = time.monotonic() + grace / 2
            continue
        running -= 1
        if failed is None and end[1] != 0:
            failed, until = end, time.monotonic() + grace
    return failed


def _report_end(worker: Worker, rank: int, ended: queue.SimpleQueue[_End]) -> None:
    ended.put((rank, worker.wait()))


def _pass_on(worker: Worker, rank: int) -> None:
    """Write a worker's lines with its rank before them, each at once."""
    assert worker.process.stdout is not None
    for line in worker.process.stdout:
        text = line.decode(errors="replace").rstrip("\n")
        sys.stderr.write(f"[{rank}] {text}\n")
        sys.stderr.flush()


def _where(worker: Worker) -> str:
    return "" if worker.place.host in LOCAL else f" on {worker.place.host}"


_MEANINGS = {
    126: "its machine cannot run that program",
    127: "its machine needs the same Python at the same place",
    255: "ssh's own: the machine could not be reached, or did not let this user in, or was lost",
}
"""What a shell's and ssh's own exit codes mean, for a worker on another machine."""


def _how(worker: Worker, code: int) -> str:
    if code >= 0:
        meaning = "" if worker.place.host in LOCAL else _MEANINGS.get(code, "")
        return f"ended with exit code {code}" + f" ({meaning})" * bool(meaning)
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


class _Forwarding:
    """A context in which Ctrl-C, SIGTERM and SIGHUP go to all workers and end nothing here."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self.workers = workers

    def __enter__(self) -> None:
        self._before = {n: signal.getsignal(n) for n in stopping_signals()}
        for number in self._before:
            signal.signal(number, self._forward)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _forward(self, number: int, frame: FrameType | None) -> None:
        for worker in self.workers:
            worker.send(signal.Signals(number))
