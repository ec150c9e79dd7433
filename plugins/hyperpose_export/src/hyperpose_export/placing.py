"""Placing: where an exported file lies until it is whole, and what it replaces then."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hyperpose_core.errors import InputError
from hyperpose_core.inference.load import description
from hyperpose_core.support.files import make_folder, naming_full_disk, read_text

_LONGEST = 255
"""Bytes of a name that file systems take."""
_OURS = {"format", "sha256", "maps"}
"""Keys of a description, by which it is known."""


def check_place(path: Path, overwrite: bool) -> None:
    """See that a file and its description may be put there.

    Raises:
        InputError: something is there that is not to be replaced; of folders only those that an
            export wrote are.
    """
    if len(os.fsencode(description(path).name)) > _LONGEST:
        raise InputError(
            f"the name {path.name} is too long: with .json behind it, for its description, it may "
            f"have {_LONGEST} bytes; choose another --out"
        )
    there = os.path.lexists(path) or os.path.lexists(description(path))
    if there and not overwrite:
        raise InputError(f"there is already {path}: choose another --out, or give --overwrite")
    if path.is_dir() and not _described(path):
        raise InputError(
            f"the folder {path} was not written by hyperpose export, for no description "
            f"{description(path)} lies beside it: it is left as it is; choose another --out"
        )
    if description(path).is_dir():
        raise InputError(f"{description(path)} is a folder: choose another --out")


@contextlib.contextmanager
def workplace(path: Path) -> Iterator[Path]:
    """Give a path of the same name in a folder beside it, which is removed at the end.

    Raises:
        InputError: nothing can be written there.
        DiskFullError: no room is left.
    """
    make_folder(path.parent, "--out")
    try:
        with naming_full_disk(path):
            folder = Path(tempfile.mkdtemp(prefix=".export-", dir=path.parent))
    except OSError as error:
        raise InputError(
            f"cannot write into the folder {path.parent}: {error.strerror}; choose another --out"
        ) from error
    try:
        yield folder / path.name
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put(temporary: Path, path: Path) -> None:
    """Move a file or a folder and its description to where they belong.

    What was there lies beside the new one until both are in their places; an error and a signal
    bring it back.
    """
    before = temporary.parent / "before"
    before.mkdir()
    pairs = [(temporary, path), (description(temporary), description(path))]
    try:
        for new, place in pairs:
            if os.path.lexists(place):
                os.replace(place, before / place.name)
            os.replace(new, place)
    except BaseException:
        for new, place in pairs:
            if os.path.lexists(before / place.name):
                if os.path.lexists(place):
                    os.replace(place, new)
                os.replace(before / place.name, place)
        raise


def _described(folder: Path) -> bool:
    """Say whether what an export writes lies beside a folder."""
    try:
        values = json.loads(read_text(description(folder)))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(values, dict) and values.keys() >= _OURS
