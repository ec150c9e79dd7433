"""Standard error, which may be closed, full, or a terminal that is gone: nothing ends by it."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO


class Unfailing:
    """A text stream that drops what cannot be written.

    Args:
        stream: None, or a closed one: everything is dropped.
    """

    def __init__(self, stream: TextIO | None) -> None:
        if stream is None or getattr(stream, "closed", False):
            stream = _nowhere()
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text, or drop it; return its length."""
        with contextlib.suppress(OSError, ValueError):  # ValueError: closed
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, where that is possible."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __eq__(self, other: object) -> bool:  # tqdm clears the bars of the same stream
        return isinstance(other, Unfailing) and other._stream is self._stream

    def __hash__(self) -> int:
        return hash(self._stream)


@functools.cache
def _nowhere() -> TextIO:
    stream = open(os.devnull, "w")  # noqa: SIM115 - as long as the process
    atexit.register(stream.close)
    return stream


def standard_error() -> Any:
    """Return the process's standard error as a stream that does not fail."""
    return sys.stderr if isinstance(sys.stderr, Unfailing) else Unfailing(sys.stderr)


@contextlib.contextmanager
def standard_streams() -> Iterator[None]:
    """Let nothing inside fail at standard error; those of the three streams that are closed drop.

    Otherwise the next file that is opened would get the number of one, and the lines of libraries.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    with contextlib.redirect_stderr(standard_error()):
        yield
