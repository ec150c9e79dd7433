"""What is known to be unpacked: a note for each archive, and the lock of the folder."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from hyperpose_core.errors import InputError
from hyperpose_core.support.files import write_text
from hyperpose_datatools.prepare.archives import Archive
from hyperpose_datatools.prepare.plan import WORK, Plan

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


def write_note(folder: Path, archive: Archive, plan: Plan) -> None:
    """Note that all files of an archive are in a folder."""
    files = {str(target): size for target, size in plan.sizes.items()}
    write_text(_note(folder, archive), json.dumps({**_identity(archive), "files": files}))


def is_done(folder: Path, archive: Archive) -> bool:
    """Say whether all files of an archive are in a folder, none of them missing or cut off."""
    try:
        note = json.loads(_note(folder, archive).read_text(encoding="utf-8"))
        files: dict[str, int] = note.pop("files")
        return note == _identity(archive) and all(
            os.stat(folder / name).st_size == size for name, size in files.items()
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep a second process from preparing the same folder; the lock ends with the process.

    Raises:
        InputError: another process has it.
    """
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            _take(handle, folder)
        yield
    finally:
        os.close(handle)


def _take(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InputError(
            f"another process prepares {folder} just now: wait until it ends"
        ) from error


def _note(folder: Path, archive: Archive) -> Path:
    return folder / WORK / f"{archive.name}.json"


def _identity(archive: Archive) -> dict[str, object]:
    return {
        "archive": archive.name,
        "size": archive.size,
        "checksum": archive.checksum,
        "into": archive.into,
        "flat": archive.flat,
    }
