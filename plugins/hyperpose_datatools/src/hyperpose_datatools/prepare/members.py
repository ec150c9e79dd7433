"""What is in an archive: its members in order, whether zip or tar."""

from __future__ import annotations

import contextlib
import functools
import gzip
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from hyperpose_core.errors import DataError

CHUNK = 1 << 20
_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,  # zipfile: encrypted
    ValueError,
    ArithmeticError,
    LookupError,  # zipfile: a member without a name
)


@dataclass(frozen=True)
class Member:
    """One entry of an archive.

    Args:
        name: as the archive has it.
        kind: `file`, `folder`, or in words what else it is.
        size: in bytes, unpacked.
        crc: CRC-32 of the content; None where the archive has none.
    """

    name: str
    kind: str
    size: int
    crc: int | None = None


Entry = tuple[Member, Callable[[], IO[bytes]]]


@contextlib.contextmanager
def damage(path: Path) -> Iterator[None]:
    """Turn whatever reading an archive may raise into one sentence.

    Raises:
        DataError: the archive cannot be read.
    """
    try:
        yield
    except _DAMAGE as error:
        text = str(error) or type(error).__name__
        raise DataError(f"the archive {path} is damaged or incomplete: {text}") from error


def read_members(path: Path) -> Iterator[Entry]:
    """Yield the entries of an archive in their order, each with what opens its content.

    The content of a file has to be read before the next entry is asked for, or not at all. At the
    end a tar archive has been read to its last byte, so that its checksum has been compared.
    """
    if path.suffix == ".zip":
        yield from _read_zip(path)
    elif path.suffix == ".tar":
        with path.open("rb") as file:
            yield from _read_tar(file)
    else:
        with gzip.open(path) as unzipped:
            yield from _read_tar(cast("IO[bytes]", unzipped))


def pieces(member: Member, content: IO[bytes]) -> Iterator[bytes]:
    """Yield what a member holds, and see that it is as long as the archive claims.

    Raises:
        EOFError: it is not; `damage` makes a sentence of it.
    """
    size = 0
    while data := content.read(CHUNK):
        size += len(data)
        yield data
    if size != member.size:
        # zipfile compares the CRC, not the size, and an empty content has no CRC to it.
        raise EOFError(f"{member.name} has {size} bytes instead of {member.size}")


def _read_zip(path: Path) -> Iterator[Entry]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.header_offset < 0:  # zipfile would seek there
                raise zipfile.BadZipFile(f"{info.filename} begins before the file")
            mode = stat.S_IFMT(info.external_attr >> 16)
            plain = mode in (0, stat.S_IFREG)
            folder = info.is_dir() and mode in (0, stat.S_IFDIR)
            kind = "folder" if folder else "file" if plain else "a link or a device"
            member = Member(info.orig_filename, kind, info.file_size, info.CRC)
            yield member, functools.partial(archive.open, info)


def _read_tar(file: IO[bytes]) -> Iterator[Entry]:
    with tarfile.open(fileobj=file, mode="r|") as archive:
        for info in archive:
            plain = info.isreg() and not info.issparse()
            kind = "file" if plain else "folder" if info.isdir() else "a link or a device"
            content = functools.partial(archive.extractfile, info)
            yield Member(info.name, kind, info.size), cast("Callable[[], IO[bytes]]", content)
    while file.read(CHUNK):
        pass
