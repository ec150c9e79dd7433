"""What a conversion is to read and to write, looked at before it does."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hyperpose_core.errors import InputError


def check_source(source: Path) -> None:
    """See that a source is no pipe or device, which would be waited for, or read without end.

    Raises:
        InputError: it is.
    """
    if source.exists() and not source.is_file() and not source.is_dir():
        raise InputError(f"{source} is no plain file and no folder: give one of them as SOURCE")


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
    places = {target.resolve(), target.parent.resolve() / target.name}
    if source.is_dir() and target.is_file() and any(source.resolve() in p.parents for p in places):
        raise InputError(
            f"{target} is there already, in the folder that is converted ({source}), and would be "
            f"written over: choose another TARGET, or delete it"
        )
