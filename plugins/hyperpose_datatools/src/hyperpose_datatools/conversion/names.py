"""Names of image files, and the ids that are made of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from hyperpose_core.errors import DataError


def image_root(paths: Sequence[Path]) -> Path:
    """Return the deepest folder that holds all of the files."""
    folders = {os.path.abspath(path.parent) for path in paths}
    return Path(os.path.commonpath(folders)) if folders else Path()


def check_names(paths: Sequence[Path], source: object = "the annotations") -> None:
    """See that paths end in the name of a file.

    Raises:
        DataError: one does not.
    """
    wrong = [path for path in paths if path.name in ("", "..")]
    if wrong:
        raise DataError(
            f"{len(wrong)} images of {source} are called as no file can be: "
            f"{', '.join(str(path)[-80:] for path in wrong[:3])}{', ...' if wrong[3:] else ''}; "
            f"a name ends in that of a file, not in '..' or '/'"
        )


def relative_names(paths: Sequence[Path]) -> list[str]:
    """Return the files' paths below `image_root`, with `/` on every system.

    Raises:
        DataError: as `check_names`.
    """
    check_names(paths)
    root = image_root(paths)
    return [Path(os.path.abspath(path)).relative_to(root).as_posix() for path in paths]


def image_ids(paths: Sequence[Path]) -> list[int]:
    """Return the numbers that the files are called by, where all are; else 1, 2, 3..."""
    stems = [path.stem for path in paths]
    if all(stem.isascii() and stem.isdigit() and len(stem) < 18 for stem in stems):
        numbers = [int(stem) for stem in stems]
        if len(set(numbers)) == len(numbers):
            return numbers
    return list(range(1, len(paths) + 1))
