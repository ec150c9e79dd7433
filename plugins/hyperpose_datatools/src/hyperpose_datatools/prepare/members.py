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
MOST_GROWTH = 100
"""Times the archive's own size; more is a bomb. Annotations in JSON grow by less than ten."""
ALWAYS_ALLOWED = 1 << 26
"""Bytes that an archive of any size may unpack to."""
MOST_BESIDE = 1 << 20
"""Bytes before a member's content, of which its name and whatever else is said of it need few."""
_BLOCK, _AHEAD = 512, 20 * 512
"""Of tar: what every part fills up, and what `tarfile` reads at once."""
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
    LookupError,
)


@dataclass(frozen=True)
class Member:
    """One entry of an archive.

    Args:
        name: as the archive has it.
        kind: `file`, `folder`, or in words what else it is.
        size: in bytes, unpacked.
        crc: CRC-32 of the content; None where the archive has none.
        beside: bytes, unpacked, that say all this.
    """

    name: str
    kind: str
    size: int
    crc: int | None = None
    beside: int = 0


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


def refusal(path: Path, why: str) -> DataError:
    """Return the error of an archive that may not be unpacked."""
    return DataError(f"the archive {path} is refused and nothing of it was unpacked: {why}")


def most_unpacked(path: Path) -> int:
    """Return how many bytes an archive may unpack to."""
    return max(ALWAYS_ALLOWED, MOST_GROWTH * path.stat().st_size)


def read_members(path: Path) -> Iterator[Entry]:
    """Yield the entries of an archive in their order, each with what opens its content.

    The content of a file has to be read before the next entry is asked for, or not at all. At the
    end a tar archive has been read to its last byte, so that its checksum has been compared.

    Raises:
        DataError: what is beside the members' contents is more than an archive needs.
    """
    if path.suffix == ".zip":
        yield from _read_zip(path)
    elif path.suffix == ".tar":
        with path.open("rb") as file:
            yield from _read_tar(path, file)
    else:
        with gzip.open(path) as unzipped:
            yield from _read_tar(path, cast("IO[bytes]", unzipped))


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
            name = info.orig_filename
            mode = stat.S_IFMT(info.external_attr >> 16)
            plain = mode in (0, stat.S_IFREG)
            folder = name.endswith("/") and mode in (0, stat.S_IFDIR)
            kind = "folder" if folder else "file" if plain else "a link or a device"
            member = Member(name, kind, info.file_size, info.CRC)
            yield member, functools.partial(archive.open, info)


class _Limited:
    """What gzip unpacks, up to a place that moves on with the members.

    `tarfile` reads long names and other such headers whole, before anything says how long they are.

    Args:
        end: the place; what is asked for beyond it is refused.
    """

    def __init__(self, path: Path, file: IO[bytes], end: int) -> None:
        self.path, self.file, self.end, self.given = path, file, end, 0

    def read(self, size: int) -> bytes:
        if self.given > self.end:
            raise refusal(
                self.path,
                f"it has over {MOST_BESIDE >> 20} MB in one place that are no file's content",
            )
        data = self.file.read(size)
        self.given += len(data)
        return data


def _read_tar(path: Path, file: IO[bytes]) -> Iterator[Entry]:
    limited, end = _Limited(path, file, MOST_BESIDE), 0
    with tarfile.open(fileobj=cast("IO[bytes]", limited), mode="r|") as archive:
        for info in archive:
            plain = info.isreg() and not info.issparse()
            kind = "file" if plain else "folder" if info.isdir() else "a link or a device"
            content = functools.partial(archive.extractfile, info)
            beside = info.offset_data - end
            end = info.offset_data + (-(-info.size // _BLOCK) * _BLOCK if info.isreg() else 0)
            limited.end = end + MOST_BESIDE + _AHEAD
            member = Member(info.name, kind, info.size, beside=beside)
            yield member, cast("Callable[[], IO[bytes]]", content)
    limited.end = max(limited.end, most_unpacked(path))
    while limited.read(CHUNK):
        pass
