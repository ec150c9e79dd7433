"""Is a file the official one? Size and checksum."""

from __future__ import annotations

import hashlib
from pathlib import Path

from hyperpose_core.errors import DataError
from hyperpose_datatools.prepare.archives import Archive
from hyperpose_datatools.prepare.progress import bar

CHUNK = 1 << 20


def check_file(path: Path, archive: Archive, *, quiet: bool = False) -> None:
    """Compare a file with what is known of an archive.

    Raises:
        DataError: another size, or another checksum.
    """
    size = path.stat().st_size
    if archive.size is not None and size != archive.size:
        raise DataError(
            f"{path} is not the official {archive.name}: it has {size} bytes and the official file "
            f"has {archive.size}"
        )
    if archive.checksum is None:
        return
    kind, _, wanted = archive.checksum.partition(":")
    found = _digest(path, kind, archive.name, quiet)
    if found != wanted:
        raise DataError(
            f"{path} is not the official {archive.name}: its {kind} is {found} and that of the "
            f"official file is {wanted}"
        )


def strength(archive: Archive) -> str:
    """Say by what an archive is known to be right."""
    if archive.checksum is not None:
        return archive.checksum.partition(":")[0]
    return "size and CRC only" if archive.size is not None else "CRC only"


def _digest(path: Path, kind: str, name: str, quiet: bool) -> str:
    digest = hashlib.new(kind, usedforsecurity=False)
    with path.open("rb") as file, bar(f"check {name}", path.stat().st_size, quiet=quiet) as shown:
        while data := file.read(CHUNK):
            digest.update(data)
            shown.update(len(data))
    return digest.hexdigest()
