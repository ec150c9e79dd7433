"""What there is to download: archives, and the file in which a plugin lists them.

::

    base = "http://images.cocodataset.org"    # what --mirror replaces

    [versions.2017]                           # the default version first
    splits = ["train", "val", "test-dev"]     # that can be asked for
    default = ["train", "val"]                # what is prepared otherwise; all where left out

    [[archives]]
    version = "2017"                          # left out: of every version
    splits = ["val"]                          # left out: of every split
    path = "zips/val2017.zip"                 # after the base
    size = 815585330                          # bytes
    sha256 = "4f7e2ccb2866ec50..."            # or md5; left out: only size and CRC are checked
    holds = "5,000 images"
    into = "."                                # the folder to unpack into
    flat = false                              # leave out the archive's own folders
    unpacked = 815585330                      # bytes, about; left out: as many as size
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from hyperpose_core.errors import ConfigError, SpecError
from hyperpose_core.support.files import read_text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_DIGITS = {"sha256": 64, "md5": 32}
_NAME = re.compile(r"[A-Za-z0-9][\w.+-]*\.(zip|tar|tar\.gz|tgz)")

MissingImages = Callable[[Path, str, Sequence[str]], Sequence[Path]]


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A file to download and to unpack.

    Args:
        name: of the file; ends in `.zip`, `.tar`, `.tar.gz` or `.tgz`.
        url: where it is.
        size: in bytes, exactly; None where it is not known.
        checksum: `sha256:` or `md5:` and hexadecimal digits; None where none is known.
        into: the folder, relative to the dataset's, into which it is unpacked.
        flat: put all files directly into that folder, whatever folders the archive has.
        unpacked: bytes that it unpacks to, about; None: as many as `size`.
        holds: what is in it, for people.

    Raises:
        SpecError: the name or the checksum is malformed.
    """

    name: str
    url: str
    size: int | None = None
    checksum: str | None = None
    into: str = "."
    flat: bool = False
    unpacked: int | None = None
    holds: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise SpecError(f"bad name {self.name!r} of an archive: it ends in .zip or .tar(.gz)")
        kind, _, digits = (self.checksum or "md5:" + 32 * "0").partition(":")
        if not re.fullmatch(rf"[0-9a-f]{{{_DIGITS.get(kind, 0)}}}", digits) or not digits:
            raise SpecError(
                f"bad checksum {self.checksum!r} of {self.name}: write 'sha256:' and 64 digits, "
                f"or 'md5:' and 32"
            )


@dataclass(frozen=True)
class Choice:
    """What was asked for, with the defaults filled in, and the archives that it takes."""

    version: str
    splits: tuple[str, ...]
    archives: tuple[Archive, ...]


class ArchivesOf(Protocol):
    """A dataset's archives; what `DatasetSpec.archives` names. `ArchivesFile` is one."""

    def choose(
        self, version: str | None = None, splits: Sequence[str] = (), base: str | None = None
    ) -> Choice:
        """Return the archives of a version and of splits.

        Args:
            version: None: the default one.
            splits: none: the usual ones.
            base: a mirror, whose URLs begin with it instead of the official beginning.

        Raises:
            ConfigError: there is no such version or split.
        """
        ...

    def missing_images(self, folder: Path, version: str, splits: Sequence[str]) -> Sequence[Path]:
        """Return the images that the annotations in a prepared folder name and that are not there.

        Raises:
            DataError: the annotations cannot be read.
        """
        ...


@dataclass(frozen=True)
class ArchivesFile:
    """Archives that are listed in a TOML file, in the form that this module's text shows.

    Args:
        path: the file; it is read when it is asked.
        find_missing: `missing_images` of the protocol; None: nothing is verified.
    """

    path: Path
    find_missing: MissingImages | None = None

    def choose(
        self, version: str | None = None, splits: Sequence[str] = (), base: str | None = None
    ) -> Choice:
        """Return the archives of a version and of splits, in the order of the file."""
        table = _read(self.path)
        try:
            version = _one_of("version", version, list(table["versions"]))
            known = table["versions"][version]
            wanted = splits or known.get("default", known["splits"])
            names = tuple(dict.fromkeys(_one_of("split", s, known["splits"]) for s in wanted))
            entries = [e for e in table["archives"] if _belongs(e, version, names)]
            prefix = (base or table["base"]).rstrip("/")
            return Choice(version, names, tuple(_archive(entry, prefix) for entry in entries))
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise SpecError(f"{self.path} is not a list of archives: {error!r}") from error

    def missing_images(self, folder: Path, version: str, splits: Sequence[str]) -> Sequence[Path]:
        """Return the images that the annotations name and that are not there."""
        return () if self.find_missing is None else self.find_missing(folder, version, splits)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(path))
    except (OSError, ValueError) as error:
        raise SpecError(f"the list of archives {path} cannot be read: {error}") from error


def _one_of(what: str, name: str | None, known: Sequence[str]) -> str:
    if name is None:
        return known[0]
    if name not in known:
        raise ConfigError(f"there is no {what} {name!r} to prepare: choose {' or '.join(known)}")
    return name


def _belongs(entry: dict[str, Any], version: str, splits: Sequence[str]) -> bool:
    of_version = entry.get("version", version) == version
    return of_version and ("splits" not in entry or bool(set(entry["splits"]) & set(splits)))


def _archive(entry: dict[str, Any], prefix: str) -> Archive:
    fields = {k: v for k, v in entry.items() if k not in ("version", "splits", "path", *_DIGITS)}
    checksums = [f"{kind}:{entry[kind]}" for kind in _DIGITS if kind in entry]
    return Archive(
        name=entry["path"].rpartition("/")[2],
        url=f"{prefix}/{entry['path']}",
        checksum=checksums[0] if checksums else None,
        **fields,
    )
