"""Files: written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hyperpose_core.errors import DiskFullError, InputError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""The errors of a write for which there is no room."""


@contextlib.contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary name in the folder of `path`, and rename it to `path` at the end.

    The temporary file, whose name begins with a dot and ends like `path`, is flushed to the disk
    before: a process or machine that dies, or an error, leaves the old file or the new one.

    Raises:
        InputError: the folder cannot be written, or there is something that is no file.
        DiskFullError: no room is left.
    """
    path = Path(path)
    if os.path.exists(path) and (not os.path.isfile(path) or path.parent == Path("/dev")):
        raise InputError(f"cannot write {path}: what is there is no file; choose another name")
    folder = make_folder(path.parent)
    with naming_full_disk(path):
        handle, name = tempfile.mkstemp(path.suffix, f".{path.stem[:40]}-", dir=folder)
    os.close(handle)
    temporary = Path(name)
    try:
        with naming_full_disk(path):
            yield temporary
            _flush(temporary)
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def naming_full_disk(path: str | Path) -> Iterator[None]:
    """Turn the error of a write for which there is no room into a sentence with the file's name.

    Raises:
        DiskFullError: instead of OSError.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise DiskFullError(
            f"cannot write {path}: {error.strerror}; make room and try again. What was written "
            f"before is whole"
        ) from error


def read_text(path: str | Path, errors: str = "strict") -> str:
    """Read a UTF-8 text file, without the byte order mark that some editors put before it.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not UTF-8.
    """
    return Path(path).read_text(encoding="utf-8-sig", errors=errors)


def write_text(path: str | Path, text: str) -> None:
    """Write a UTF-8 text file atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def make_folder(path: str | Path, option: str = "--save-dir") -> Path:
    """Make a folder with its parents, and check that it can be written.

    Args:
        option: by which the user chooses another one; for the message.

    Raises:
        InputError: it cannot be made or written.
        DiskFullError: no room is left.
    """
    path = Path(path)
    try:
        with naming_full_disk(path):
            path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot make the folder {path}: {error.strerror}; choose another one ({option})"
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise InputError(
            f"cannot write into the folder {path}; choose another one ({option}) or change its "
            f"permissions"
        )
    return path


def remove_leftovers(folder: Path) -> None:
    """Delete the temporary files that a killed process left in a folder."""
    for leftover in folder.glob(".*-*"):
        if leftover.is_file():
            leftover.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
