"""JSON lines: one object a frame, written as soon as it is known."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from io import FileIO
from pathlib import Path
from typing import Any

from hyperpose_core.support.files import naming_full_disk


class JsonLines:
    """A file of which every line is whole at any moment; the first line replaces an older file.

    Raises:
        DiskFullError: where no room is left; the lines before are whole.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: FileIO | None = None
        self._end = 0

    def write(self, line: Mapping[str, Any]) -> None:
        """Write a line."""
        with naming_full_disk(self.path):
            # Without a buffer, so that a line is one write: what is killed leaves no part of one.
            self._file = self._file or FileIO(self.path, "wb")
            self._whole(self._file, json.dumps(line).encode() + b"\n")
        self.count += 1

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _whole(self, file: FileIO, line: bytes) -> None:
        """Write all of a line, or nothing: where a part of it has room, the system writes that."""
        written = 0
        try:
            while written < len(line):
                written += file.write(line[written:])
        except OSError:
            with contextlib.suppress(OSError):
                file.truncate(self._end)
            raise
        self._end += len(line)
