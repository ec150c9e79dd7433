"""Where each archive comes from: unpacked already, a file that the user has, or the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hyperpose_core.errors import InputError
from hyperpose_datatools.prepare.archives import Archive
from hyperpose_datatools.prepare.done import is_done
from hyperpose_datatools.prepare.plan import KEPT, WORK


@dataclass(frozen=True)
class Source:
    """Where one archive comes from.

    Args:
        kind: `done`, `local` or `download`.
        path: of the archive, there already or to be.
        have: bytes of it that are there.
    """

    archive: Archive
    kind: str
    path: Path
    have: int = 0

    @property
    def part(self) -> Path:
        """What grows while it is downloaded."""
        return self.path.with_name(self.path.name + ".part")

    @property
    def to_download(self) -> int:
        """Bytes that are missing, where the size is known."""
        return max((self.archive.size or 0) - self.have, 0) if self.kind == "download" else 0


def find_sources(folder: Path, archives: Sequence[Archive], given: Sequence[Path]) -> list[Source]:
    """Return where each archive comes from.

    Args:
        folder: the dataset's.
        given: what the user has: archives, and folders that hold some.

    Raises:
        InputError: a given path is not there, or a given file is none of the archives.
    """
    kept = [folder / KEPT] if (folder / KEPT).is_dir() else []
    local = _local(archives, [*kept, *given])
    return [_source(folder, archive, local) for archive in archives]


def _source(folder: Path, archive: Archive, local: dict[str, Path]) -> Source:
    own = Source(archive, "download", folder / WORK / archive.name)
    if is_done(folder, archive):
        return Source(archive, "done", own.path)
    if archive.name in local:
        path = local[archive.name]
        return Source(archive, "local", path, path.stat().st_size)
    there = next((path for path in (own.path, own.part) if path.is_file()), None)
    return own if there is None else Source(archive, own.kind, own.path, there.stat().st_size)


def _local(archives: Sequence[Archive], given: Sequence[Path]) -> dict[str, Path]:
    names = [archive.name for archive in archives]
    found: dict[str, Path] = {}
    for path in given:
        if path.is_dir():
            found |= {name: path / name for name in names if (path / name).is_file()}
        elif not path.is_file():
            raise InputError(f"--from: there is no file or folder {path}")
        elif path.name in names:
            found[path.name] = path
        else:
            raise InputError(
                f"--from: {path.name} is none of the archives that are needed: {', '.join(names)}"
            )
    return found
