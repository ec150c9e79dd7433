"""Unpacking: file by file, each under a temporary name until it is whole."""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import IO

from hyperpose_datatools.prepare.archives import Archive
from hyperpose_datatools.prepare.members import CHUNK, Member, damage, pieces, read_members
from hyperpose_datatools.prepare.plan import UNPACKING, Plan
from hyperpose_datatools.prepare.progress import bar


def unpack(path: Path, archive: Archive, plan: Plan, folder: Path, *, quiet: bool = False) -> None:
    """Write the files of a plan into a folder, and wait until they are on the disk.

    Files that are there already, with the CRC that the archive has for them, are left alone.

    Raises:
        DataError: the archive is damaged; the files before the damage are right.
    """
    total = sum(plan.sizes.values())
    with damage(path), bar(f"unpack {archive.name}", total, quiet=quiet) as shown:
        for member, content in read_members(path):
            target = plan.targets.get(member.name)
            if target is None:
                continue
            destination = folder / target
            if not _is_there(destination, member):
                with content() as stream:
                    _write(destination, stream, member)
            shown.update(member.size)
    if hasattr(os, "sync"):
        # Once for all: flushing 118,000 files one by one takes longer than unpacking them.
        os.sync()


def _write(destination: Path, stream: IO[bytes], member: Member) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    temporary = destination.with_name(f".{destination.name[:40]}{UNPACKING}")
    try:
        with temporary.open("wb") as file:
            file.writelines(pieces(member, stream))
        temporary.replace(destination)
    finally:
        temporary.unlink(missing_ok=True)


def _is_there(path: Path, member: Member) -> bool:
    if member.crc is None or not path.is_file() or path.stat().st_size != member.size:
        return False
    crc = 0
    with path.open("rb") as file:
        while data := file.read(CHUNK):
            crc = zlib.crc32(data, crc)
    return crc == member.crc
