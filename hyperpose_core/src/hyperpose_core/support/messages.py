"""Messages to the person who waits: standard error, so that standard output holds results only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unicodedata import category

import click

from hyperpose_core.support.standard_error import standard_error


class Messages:
    """Says what happens, unless asked to be quiet.

    Args:
        quiet: say nothing but warnings.
        silent: say nothing at all, as a worker whose worker 0 says the same.
    """

    def __init__(self, quiet: bool = False, silent: bool = False) -> None:
        self.quiet, self.silent = quiet, silent
        self._warned: list[str] = []
        self._copy: Callable[[str], object] | None = self._warned.append

    def say(self, text: str) -> None:
        """Write a line."""
        if not self.quiet and not self.silent:
            _write(text)

    def warn(self, text: str) -> None:
        """Write a line that begins with `Warning:`, also when quiet."""
        line = f"Warning: {text}"
        if not self.silent:
            _write(line)
        if self._copy:
            self._copy(line)

    def copy_to(self, copy: Callable[[str], object] | None) -> None:
        """Give warnings to a function too, also those of before; None: not any more."""
        if copy:
            for line in self._warned:
                copy(line)
        self._warned.clear()
        self._copy = copy


def report_to(say: Callable[[str], object] | None, quiet: bool) -> Callable[[str], object]:
    """Return who gets the lines of a report: `say`, else standard output, or nobody when quiet."""
    return say or (hear_nothing if quiet else click.echo)


def hear_nothing(line: str) -> None:
    """Take a line of a report that nobody wants."""


def bar_settings(quiet: bool) -> dict[str, Any]:
    """Return what all progress bars have in common, for tqdm.

    A log file keeps every state of one, so that it gets few.
    """
    file = standard_error()
    return {"disable": quiet, "file": file, "mininterval": 0.1 if file.isatty() else 10.0}


def printable(text: str) -> str:
    r"""Return a text with what would move the cursor or end the line written out as in Python.

    Bytes of a file's name that are not UTF-8 are in hexadecimals: `caf\xe9.jpg`.
    """
    good = (c.isprintable() or category(c) == "Zs" for c in text)
    written = (repr(c)[1:-1].replace(r"\udc", r"\x") for c in text)
    return "".join(c if fine else w for c, fine, w in zip(text, good, written, strict=True))


def _write(line: str) -> None:
    from tqdm import tqdm

    # A progress bar has no end of line: it gives way, and is drawn again below.
    file = standard_error()
    tqdm.write(printable(line), file=file)
    file.flush()
