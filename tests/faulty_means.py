"""Means of Linux by which `faults.py` disturbs: slow folders, limits, quotas, an ordinary user."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import select
import struct
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

_FAN_CLASS_CONTENT, _FAN_MARK_ADD = 4, 1
_FAN_OPEN_PERM, _FAN_EVENT_ON_CHILD, _FAN_ALLOW = 0x10000, 0x08000000, 1
_EVENT = struct.Struct("IBBHQii")
_CAPABILITIES = 0x20080522


@contextlib.contextmanager
def answering_after(folder: Path, seconds: float) -> Iterator[None]:
    """Let every opening of a file below a folder take some seconds, by fanotify; needs root."""
    libc = ctypes.CDLL(None, use_errno=True)
    watched = libc.fanotify_init(_FAN_CLASS_CONTENT, os.O_RDONLY)
    if watched < 0:
        raise OSError(ctypes.get_errno(), "fanotify_init: needs root")
    events = ctypes.c_uint64(_FAN_OPEN_PERM | _FAN_EVENT_ON_CHILD)
    for path in (folder, *(p for p in folder.rglob("*") if p.is_dir())):
        libc.fanotify_mark(watched, _FAN_MARK_ADD, events, -100, os.fsencode(path))
    over = threading.Event()
    answers = threading.Thread(target=_answer, args=(watched, seconds, over))
    answers.start()
    try:
        yield
    finally:
        over.set()
        answers.join()
        os.close(watched)  # whoever still waits is let in


def _answer(watched: int, seconds: float, over: threading.Event) -> None:
    while not over.is_set():
        if not select.select([watched], [], [], 0.1)[0]:
            continue
        content = os.read(watched, _EVENT.size)
        *_, opened, _who = _EVENT.unpack(content)
        over.wait(seconds)
        os.write(watched, struct.pack("iI", opened, _FAN_ALLOW))
        os.close(opened)


@contextlib.contextmanager
def quota_of(folder: Path, megabytes: int) -> Iterator[None]:
    """Mount a file system of 200 MB, of which a folder may have a part; needs root and btrfs."""
    folder.mkdir(parents=True)
    with tempfile.NamedTemporaryFile() as disk:
        disk.truncate(200_000_000)
        subprocess.run(["mkfs.btrfs", "-q", disk.name], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["mount", "-o", "loop", disk.name, str(folder)], check=True)
        try:
            subprocess.run(["btrfs", "quota", "enable", str(folder)], check=True)
            limit = ["btrfs", "qgroup", "limit", f"{megabytes}M", str(folder)]
            subprocess.run(limit, check=True)
            yield
        finally:
            subprocess.run(["umount", str(folder)], check=True)


def limit_files() -> None:
    """Let no file of this process grow beyond 20 kB, as a quota would."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def drop_privileges() -> None:
    """Let the permissions of files count for root, too, in this process."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        head, nothing = struct.pack("Ii", _CAPABILITIES, 0), bytes(24)
        if libc.capset(head, nothing):
            raise OSError(ctypes.get_errno(), "capset")
