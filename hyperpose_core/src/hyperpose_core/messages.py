"""Messages to the person who waits: standard error, so that standard output holds results only."""

from __future__ import annotations

import sys


class Messages:
    """Says what happens, unless asked to be quiet.

    Args:
        quiet: say nothing but warnings.
    """

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet

    def say(self, text: str) -> None:
        """Write a line."""
        if not self.quiet:
            sys.stderr.write(text + "\n")
            sys.stderr.flush()

    def warn(self, text: str) -> None:
        """Write a line that begins with `Warning:`, also when quiet."""
        sys.stderr.write(f"Warning: {text}\n")
        sys.stderr.flush()
