"""Signals that ask a process to end what it does: Ctrl-C, SIGTERM, a terminal that is closed."""

from __future__ import annotations

import signal

HANG_UP = getattr(signal, "SIGHUP", None)
"""Of a terminal that is closed, which sends several; None on Windows."""


def stopping_signals() -> list[signal.Signals]:
    """Return them; without SIGHUP where that is ignored, as by `nohup`."""
    asked = [signal.SIGINT, signal.SIGTERM]
    if HANG_UP is not None and signal.getsignal(HANG_UP) is not signal.SIG_IGN:
        asked.append(HANG_UP)
    return asked
