"""Signals that ask a process to end what it does: Ctrl-C, SIGTERM, a terminal that is closed."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType

_HANG_UP = getattr(signal, "SIGHUP", None)


class Stopping:
    """A context in which such a signal only sets `requested`; a second one interrupts.

    A second SIGHUP does not: a terminal that is closed sends several. In a thread other than the
    main one, signals stay as they are, and so does SIGHUP under `nohup`.
    """

    def __init__(self) -> None:
        self.requested = False
        self._before: dict[int, object] = {}

    def __enter__(self) -> Stopping:
        if threading.current_thread() is threading.main_thread():
            asked = [signal.SIGINT, signal.SIGTERM]
            if _HANG_UP is not None and signal.getsignal(_HANG_UP) is not signal.SIG_IGN:
                asked.append(_HANG_UP)
            for number in asked:
                self._before[number] = signal.signal(number, self._request)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _request(self, number: int, frame: FrameType | None) -> None:
        if self.requested and number != _HANG_UP:
            raise KeyboardInterrupt
        self.requested = True
