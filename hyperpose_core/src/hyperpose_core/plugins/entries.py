"""The entry points of the group `hyperpose`, in an order that is the same on every machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, PackageMetadata, distributions

GROUP = "hyperpose"


@dataclass(frozen=True)
class Entry:
    """One entry point and the distribution that has it.

    Args:
        name: of the entry point.
        distribution, version: as pip names them.
        requires: the distribution's requirements.
        point: None where the distribution's list of entry points cannot be read.
        error: why it cannot be read.
    """

    name: str
    distribution: str
    version: str
    requires: tuple[str, ...] = ()
    point: EntryPoint | None = None
    error: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether the distribution is the one that owns the name: `hyperpose-<name>`."""
        return canonicalize_name(self.distribution) == f"hyperpose-{canonicalize_name(self.name)}"


def canonicalize_name(name: str) -> str:
    """Return a distribution's name as indexes spell it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def entries() -> list[Entry]:
    """Return every installed entry point, by name, ours first, then by distribution."""
    found = [entry for dist, metadata in _distributions() for entry in _of(dist, metadata)]
    return sorted(
        found,
        key=lambda e: (canonicalize_name(e.name), not e.is_ours, canonicalize_name(e.distribution)),
    )


def _distributions() -> Iterator[tuple[Distribution, PackageMetadata | None]]:
    """Yield those that mention the group, once each: the first on the path is what imports see.

    With its metadata, which is parsed each time that it is asked for; None where it is no text.
    """
    seen = set()
    for dist in distributions():
        # Reading one small file first spares parsing the metadata of everything installed.
        if not _mentions(dist):
            continue
        try:
            metadata = dist.metadata
        except UnicodeDecodeError:
            yield dist, None
            continue
        name = canonicalize_name(metadata["Name"] or "unnamed")
        if name not in seen:
            seen.add(name)
            yield dist, metadata


def _mentions(dist: Distribution) -> bool:
    """Say whether the list of entry points has the group; it need not be a text."""
    try:
        return GROUP in (dist.read_text("entry_points.txt") or "")
    except UnicodeDecodeError as error:
        return GROUP.encode() in error.object


def _of(dist: Distribution, metadata: PackageMetadata | None) -> list[Entry]:
    if metadata is None:
        text = f"the METADATA of a distribution in {dist.locate_file('')} is no UTF-8"
        return [Entry("unnamed", "unnamed", "", error=text)]
    name, version = metadata["Name"] or "unnamed", metadata["Version"] or ""
    requires = tuple(metadata.get_all("Requires-Dist") or dist.requires or ())
    try:
        points = [point for point in dist.entry_points if point.group == GROUP]
    except Exception as error:  # noqa: BLE001 - one broken file must not hide the other plugins
        text = f"its entry_points.txt cannot be read: {type(error).__name__}: {error}"
        return [Entry(name, name, version, requires, error=text)]
    return [Entry(point.name, name, version, requires, point) for point in points]
