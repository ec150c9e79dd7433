"""Printing: standard output has results only; what plugins print goes to standard error."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_lock = threading.Lock()
_thread = threading.local()


class _Output:
    """Standard output, and standard error for the threads that are inside `printing_aside`."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.users = stream, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr if getattr(_thread, "aside", False) else self.stream, name)


@contextmanager
def printing_aside() -> Iterator[None]:
    """Let what this thread prints go to standard error; other threads may be giving results."""
    with _lock:
        if not isinstance(sys.stdout, _Output):
            sys.stdout = _Output(sys.stdout)
        output: Any = sys.stdout
        output.users += 1
    before, _thread.aside = getattr(_thread, "aside", False), True
    try:
        yield
    finally:
        _thread.aside = before
        with _lock:
            output.users -= 1
            if not output.users and sys.stdout is output:
                sys.stdout = output.stream
