"""Image files that annotations name, and of which some may be missing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from hyperpose_core.errors import DataError


def check_images(paths: Iterable[Path], named_by: str, how_to_get: str = "") -> None:
    """See that image files exist, with one look into each folder.

    Args:
        named_by: for the message: "images that `named_by` are missing".

    Raises:
        DataError: some are missing: how many, the first of them, and `how_to_get`.
    """
    if missing := missing_files(paths):
        first = ", ".join(map(str, missing[:3])) + (", ..." if len(missing) > 3 else "")
        raise DataError(
            f"{len(missing)} of the images that {named_by} are missing: {first}."
            f"{_in_other_letters(missing[0])} {how_to_get}"
        )


def missing_files(paths: Iterable[Path]) -> list[Path]:
    """Return those of the paths that are not there, with one look into each folder."""
    present: dict[Path, set[str]] = {}
    missing = []
    for path in paths:
        if path.parent not in present:
            present[path.parent] = _names(path.parent)
        if path.name not in present[path.parent]:
            missing.append(path)
    return missing


def _in_other_letters(missing: Path) -> str:
    """Point out the file that differs in small and capital letters only, as `.JPG` and `.jpg`."""
    alike = (name for name in _names(missing.parent) if name.lower() == missing.name.lower())
    found = next(alike, None)
    return f" For the first there is {found}, in other letters." if found else ""


def _names(folder: Path) -> set[str]:
    try:
        with os.scandir(folder) as entries:
            return {entry.name for entry in entries if entry.is_file()}
    except (OSError, ValueError):
        return set()
