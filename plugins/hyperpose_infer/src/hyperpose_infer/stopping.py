"""Signals that ask a process to end what it does: Ctrl-C, SIGTERM, a terminal that is closed."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import ClassVar

HANG_UP = getattr(signal, "SIGHUP", None)
"""Of a terminal that is closed, which sends several; None on Windows."""
PATIENCE = 5.0
"""Seconds after which a process that does not answer is said to hang, or is ended."""


def stopping_signals() -> list[signal.Signals]:
    """Return them; without SIGHUP where that is ignored, as by `nohup`."""
    asked = [signal.SIGINT, signal.SIGTERM]
    if HANG_UP is not None and signal.getsignal(HANG_UP) is not signal.SIG_IGN:
        asked.append(HANG_UP)
    return asked


class Stopping:
    """A context in which Ctrl-C, SIGTERM and SIGHUP only set `requested`; a second one stops.

    A second SIGHUP does not: a terminal that is closed sends several. In a thread other than the
    main one, and in processes that are forked meanwhile, signals stay as they are.

    Python hears of a signal when what it has called comes back. Where that is TensorFlow, and waits
    for a folder that hangs, it never does: then it is said, and a second signal ends the process
    all the same, without saving, as `kill -9` would. Not where somebody's event loop listens to
    signals.

    Args:
        warn: hears that nothing answers.
    """

    entered: ClassVar[list[Stopping]] = []
    """The innermost last."""
    _heard = 0.0
    """When Python heard of a signal, in whichever context."""

    def __init__(self, warn: Callable[[str], object]) -> None:
        self.requested = False
        self._warn, self._stops, self._over = warn, False, threading.Event()
        self._before: dict[int, object] = {}
        self._pipe: tuple[int, int] | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Stopping:
        if threading.current_thread() is threading.main_thread():
            self._pipe = os.pipe()
            self.entered.append(self)
            for number in stopping_signals():
                self._before[number] = signal.signal(number, self._request)
            self._listen(*self._pipe)
            self._stops = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stops = False  # which would leave the rest of this undone
        if self._pipe is None:
            return
        come, sent = self._pipe
        self._stop_listening()
        self._over.set()
        with contextlib.suppress(BlockingIOError):  # it is full of what the thread will read
            os.write(sent, b"\0")
        if self._thread is not None:
            self._thread.join()
        os.close(sent)
        os.close(come)
        self.put_back()  # Last, because what was before may raise, as Ctrl-C's does.

    def put_back(self) -> None:
        """Let signals be as they were."""
        self._stop_listening()
        self.entered.remove(self)
        for number in reversed(self._before):
            signal.signal(number, self._before[number])  # type: ignore[arg-type]

    def _stop_listening(self) -> None:
        now = signal.set_wakeup_fd(-1)
        if self._pipe is not None and now == self._pipe[1]:
            now = -1
        if now != -1:
            signal.set_wakeup_fd(now)  # somebody else's
        self._pipe = None

    def _request(self, number: int, frame: FrameType | None) -> None:
        Stopping._heard = time.monotonic()
        if self.requested and number != HANG_UP and self._stops:
            raise KeyboardInterrupt
        self.requested = True

    def _listen(self, come: int, sent: int) -> None:
        """Let a thread see the signals, which the kernel hands over at once."""
        os.set_blocking(sent, False)
        others = signal.set_wakeup_fd(sent, warn_on_full_buffer=False)
        if others != -1:  # somebody's event loop listens already
            signal.set_wakeup_fd(others)
            return
        self._thread = threading.Thread(target=self._look, args=[come], daemon=True)
        self._thread.start()

    def _look(self, come: int) -> None:
        seen = 0
        # Not until the pipe is closed: whoever was forked meanwhile may have it still.
        while (number := os.read(come, 1)) and not self._over.is_set():
            if number[0] not in self._before or (seen and number[0] == HANG_UP):
                continue
            seen += 1
            lately = time.monotonic() - PATIENCE
            if self._over.wait(PATIENCE) or self._heard > lately:
                continue
            if seen == 1:
                self._warn(
                    "it is asked to stop, and still waits, for its images or for what it computes; "
                    "once more ends it at once, and what is not written yet is lost"
                )
            else:
                self._warn("it ends without saving, since nothing answered")
                os._exit(128 + number[0])


_FORKING = threading.local()


def _hold() -> None:
    """Before a fork: whoever is forked has the pipe too, until signals are as they were."""
    asked = stopping_signals() if Stopping.entered else []
    _FORKING.mask = signal.pthread_sigmask(signal.SIG_BLOCK, asked)


def _go_on() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, _FORKING.mask)


def _be_another() -> None:
    for stopping in reversed(Stopping.entered.copy()):
        ends = stopping._pipe or ()
        stopping.put_back()
        for end in ends:
            os.close(end)
    _go_on()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_hold, after_in_parent=_go_on, after_in_child=_be_another)
