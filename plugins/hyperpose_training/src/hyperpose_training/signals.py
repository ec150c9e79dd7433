"""Signals that ask a process to end what it does: Ctrl-C, SIGTERM, a terminal that is closed."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType

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


class Interrupt:
    """A context in which Ctrl-C, SIGTERM and SIGHUP only set `requested`; a second one stops.

    A second SIGHUP does not: a terminal that is closed sends several. In a thread other than the
    main one, signals stay as they are.

    Python hears of a signal when TensorFlow has come back to it. Where that waits for a folder
    that hangs it never does: then it is said, and a second signal ends the process all the same,
    without saving, as `kill -9` would.

    Args:
        warn: hears that nothing answers.
    """

    def __init__(self, warn: Callable[[str], object]) -> None:
        self.requested = False
        self._warn, self._heard = warn, 0
        self._before: dict[signal.Signals, object] = {}
        self._left = contextlib.ExitStack()

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            for number in stopping_signals():
                self._before[number] = signal.signal(number, self._request)
            self._left.enter_context(self._listening())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._left.close()
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _request(self, number: int, frame: FrameType | None) -> None:
        if self.requested and number == HANG_UP:
            return
        self._heard += 1
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True

    @contextlib.contextmanager
    def _listening(self) -> Iterator[None]:
        """Let a thread see the signals, which the kernel hands over at once."""
        come, sent = os.pipe()
        os.set_blocking(sent, False)
        others = signal.set_wakeup_fd(sent, warn_on_full_buffer=False)
        over = threading.Event()
        thread = threading.Thread(target=self._look, args=(come, over), daemon=True)
        if others == -1:
            thread.start()
        else:  # somebody's event loop listens already
            signal.set_wakeup_fd(others)
        try:
            yield
        finally:
            over.set()
            if others == -1:
                signal.set_wakeup_fd(-1)
            os.close(sent)  # which ends the thread
            if others == -1:
                thread.join()
            os.close(come)

    def _look(self, come: int, over: threading.Event) -> None:
        seen = 0
        while number := os.read(come, 1):
            if number[0] not in self._before or (seen and number[0] == HANG_UP):
                continue
            seen += 1
            if over.wait(PATIENCE) or self._heard >= seen:
                continue
            if seen == 1:
                self._warn(
                    "it is asked to stop, and still waits for its images, or for a step; once more "
                    "ends it at once, and what came after the last checkpoint is lost"
                )
            else:
                self._warn("it ends without saving, since nothing answered")
                os._exit(128 + number[0])
