"""JSON lines: one object a frame, written as soon as it is known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hyperpose_core.support.files import naming_full_disk


class JsonLines:
    """A file of which every line is whole at any moment; an older file is replaced.

    Raises:
        DiskFullError: from any of its methods, where no room is left.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        with naming_full_disk(path):
            self._file = path.open("wb", buffering=0)

    def write(self, line: Mapping[str, Any]) -> None:
        """Write a line."""
        # Without a buffer, so that a line is one write: what is killed leaves no part of one.
        with naming_full_disk(self.path):
            self._file.write(json.dumps(line).encode() + b"\n")
        self.count += 1

    def close(self) -> None:
        """Close the file."""
        self._file.close()
