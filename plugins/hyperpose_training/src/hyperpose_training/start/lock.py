"""Locks: a file that says who works in a folder, and holds as long as that process lives."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from hyperpose_core.errors import InputError
from hyperpose_core.support.files import make_folder

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

HOLDER = "{holder}"
_LONGEST = 300
"""Bytes of what a lock's file says."""


@contextlib.contextmanager
def held(path: Path, taken: str, warn: Callable[[str], object]) -> Iterator[None]:
    """Keep other processes, on this machine or on another that shares the folder, from a folder.

    The kernel's lock of the open file decides, which ends with the process, however it ends, and
    which NFS passes on; what is in the file is for people only.

    Args:
        path: of the lock's file, which is removed at the end where it can be.
        taken: what a second process is told; `HOLDER` in it becomes who the first is.
        warn: is told where the file system has no locks, and nothing is kept from anybody.

    Raises:
        InputError: another process holds it, or the folder cannot be written.
    """
    if fcntl is None:
        yield
        return
    with folder_to_fill(path.parent):
        handle = _open(path, taken, warn)
        try:
            yield
        finally:
            # Before it is free: whoever opened it meanwhile looks whether it is still there.
            with contextlib.suppress(OSError):  # read-only by now: what ended the work says more
                path.unlink()
            os.close(handle)


def _open(path: Path, taken: str, warn: Callable[[str], object]) -> int:
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except FileNotFoundError:  # somebody who did not get it removed the empty folder
            make_folder(path.parent)
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            said = os.read(handle, _LONGEST).decode("utf-8", "replace").strip()
            os.close(handle)
            raise InputError(taken.replace(HOLDER, said or "another process")) from error
        except OSError as error:
            warn(
                f"{path.parent} is on a file system without locks ({error.strerror}): nothing "
                f"keeps a second process from writing there at the same time"
            )
        if _is_at(handle, path):
            _say_who(handle)
            return handle
        os.close(handle)


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _say_who(handle: int) -> None:
    who = f"process {os.getpid()} on {socket.gethostname()}, since {time.strftime('%F %T')}\n"
    with contextlib.suppress(OSError):  # a full disk: the lock holds without it
        os.ftruncate(handle, 0)
        os.write(handle, who.encode())


@contextlib.contextmanager
def folder_to_fill(path: Path) -> Iterator[None]:
    """Make a folder, as `make_folder`; where an error comes before anything is in it, remove it."""
    make_folder(path)
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):  # it is not empty
            path.rmdir()
        raise
