"""The list of commands that `--help` shows, remembered from call to call.

Finding plugins imports every one of them, which takes longer than all the rest of a list of names;
and the list is the same until something is installed, edited or switched. Nothing is remembered
while a plugin is not well, and calling a command always finds the plugins anew.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from hyperpose_core.support.version import __version__

Menu = list[tuple[str, list[tuple[str, str]]]]
"""Sections in their order: a title, and names with summaries."""
_STANDARD = sys.stdlib_module_names


def remembered() -> Menu | None:
    """Return the list of the last call; None where there is none, or it may have changed."""
    try:
        with open(_file(), encoding="utf-8") as file:
            found_in, made_of, menu = (part.split("\n") for part in file.read().split("\n\n"))
        files = [line.partition(" ")[2] for line in made_of]
        if found_in != _installed() or made_of != _times(files):
            return None
        sections: dict[str, list[tuple[str, str]]] = {}
        for title, name, summary in (row.split("\t") for row in menu):
            sections.setdefault(title, []).append((name, summary))
        return list(sections.items())
    except (OSError, ValueError):
        return None  # It is made anew.


def remember(menu: Menu) -> None:
    """Keep a list for the next call, with all that it was made of; silent where that fails."""
    from hyperpose_core.errors import HyperposeError
    from hyperpose_core.support.files import write_text

    added = [m for name, m in sys.modules.items() if name.split(".")[0] not in _STANDARD]
    files = [getattr(module, "__file__", None) for module in added]
    made_of = _times([file for file in files if file is not None])
    rows = ["\t".join((title, *row)) for title, rows in menu for row in rows]
    try:
        write_text(_file(), "\n\n".join(map("\n".join, (_installed(), made_of, rows))))
    except (OSError, ValueError, HyperposeError):
        return  # No home, or a full disk: the list is made again each time.


def _file() -> str:
    """Return this environment's file among what may be deleted; never more than sixteen of them."""
    home = os.environ.get("LOCALAPPDATA", "") if os.name == "nt" else ""
    cache = os.environ.get("XDG_CACHE_HOME") or home or os.path.expanduser("~/.cache")
    return os.path.join(cache, "hyperpose", f"commands-{sum(sys.prefix.encode()) % 16:x}.txt")


def _installed() -> list[str]:
    """Return what decides which plugins there are: versions, switches, paths, entry points."""
    switches = sorted(f"{k}={v!r}" for k, v in os.environ.items() if k.startswith("HYPERPOSE_"))
    points = [point for folder in sys.path for point in _entry_points(folder)]
    return [__version__, repr(sys.version), *switches, repr(sys.path), *_times(points)]


def _entry_points(folder: str) -> Iterator[str]:
    try:
        names = sorted(os.listdir(folder or "."))
    except OSError:
        return
    for name in names:
        if name.endswith((".dist-info", ".egg-info")):
            yield os.path.join(folder, name, "entry_points.txt")


def _times(files: list[str]) -> list[str]:
    """Return when each file that there is was changed, in nanoseconds, and the file."""
    found = []
    for file in files:
        try:
            found.append(f"{os.stat(file).st_mtime_ns} {file}")
        except OSError:
            continue
    return found
