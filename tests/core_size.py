"""How large the core is: `python tests/core_size.py` prints it.

Ten thousand lines are what a plugin author reads in an evening. What is new belongs to a plugin.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

CORE = Path(__file__).resolve().parent.parent / "hyperpose_core" / "src" / "hyperpose_core"
MOST_ENTRIES, MOST_LINES, LONGEST_FILE = 24, 10_000, 250


class Size(NamedTuple):
    """Entries of the top folder, lines of all modules, and of the longest one."""

    entries: int
    lines: int
    longest: int
    name: str


def measured() -> Size:
    """Count."""
    files = {path: len(path.read_text().splitlines()) for path in CORE.rglob("*.py")}
    longest = max(files, key=lambda path: files[path])
    entries = [path for path in CORE.iterdir() if path.name != "__pycache__"]
    name = longest.relative_to(CORE).as_posix()
    return Size(len(entries), sum(files.values()), files[longest], name)


if __name__ == "__main__":
    size = measured()
    print(f"{size.entries} entries of at most {MOST_ENTRIES}")
    print(f"{size.lines} lines of at most {MOST_LINES}")
    print(f"the longest file is {size.name}: {size.longest} lines of at most {LONGEST_FILE}")
