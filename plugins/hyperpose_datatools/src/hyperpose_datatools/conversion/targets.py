"""What a conversion is to read and to write, looked at before it does."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from hyperpose_core.errors import InputError
from hyperpose_datatools.file_names import problem


def check_source(source: Path) -> None:
    """See that a source is no pipe or device, which would be waited for, or read without end.

    Raises:
        InputError: it is, or its name is none that a file can have.
    """
    _check_name(source, "SOURCE")
    if source.exists() and not source.is_file() and not source.is_dir():
        raise InputError(f"{source} is no plain file and no folder: give one of them as SOURCE")


def check_target(target: Path) -> None:
    """See that a target can be written, as far as that is known before.

    Raises:
        InputError: its name is none that a file can have, it is a pipe or a device, or it lies in
            a file or in a folder that may not be written.
    """
    _check_name(target, "TARGET")
    if target.exists() and not target.is_file() and not target.is_dir():
        raise InputError(f"{target} is no plain file and no folder: choose another TARGET")
    place = next(parent for parent in target.parents or [target] if os.path.lexists(parent))
    if not place.is_dir():
        raise InputError(f"cannot write {target}: {place} is no folder; choose another TARGET")
    if not os.access(place, os.W_OK | os.X_OK):
        raise InputError(
            f"cannot write {target}: {place} may not be written; choose another TARGET or change "
            f"its permissions"
        )


def check_file(target: Path) -> None:
    """See that the target of a format that is one file is no folder.

    Raises:
        InputError: it is.
    """
    if target.is_dir():
        raise InputError(f"{target} is a folder, and a file is written: name it, as TARGET")


def check_folder(target: Path) -> None:
    """See that the target of a format that is a folder is no file.

    Raises:
        InputError: it is.
    """
    if target.exists() and not target.is_dir():
        raise InputError(f"{target} is a file, and a folder is written: choose another TARGET")


def _check_name(path: Path, what: str) -> None:
    if why := problem(path):
        raise InputError(f"{what} is {str(path)!r:.80}, which {why}: choose another one")


def check_apart(source: Path, target: Path, names: Iterable[str]) -> None:
    """See that a conversion does not write over what it reads, also through links.

    Args:
        names: of files that are annotations wherever they lie, such as `data.yaml`.

    Raises:
        InputError: it would.
    """
    names = list(names)
    for read in (source, *(source / name for name in names)):
        for written in (target, *(target / name for name in names)):
            if read.exists() and written.exists() and read.samefile(written):
                raise InputError(
                    f"{target} is what is converted ({source}), and would be written over: choose "
                    f"another TARGET"
                )
    folder, whole = Path(os.path.realpath(source)), Path(os.path.realpath(target))
    places = (whole, Path(os.path.realpath(target.parent), target.name))
    if source.is_dir() and target.is_file() and any(folder in place.parents for place in places):
        raise InputError(
            f"{target} is there already, in the folder that is converted ({source}), and would be "
            f"written over: choose another TARGET, or delete it"
        )
