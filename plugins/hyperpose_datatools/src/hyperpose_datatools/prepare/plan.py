"""Where the members of an archive go; decided for all of them before anything is written."""

from __future__ import annotations

import collections
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from hyperpose_datatools.file_names import problem
from hyperpose_datatools.prepare.archives import Archive
from hyperpose_datatools.prepare.members import (
    MOST_GROWTH,
    Member,
    damage,
    most_unpacked,
    pieces,
    read_members,
    refusal,
)
from hyperpose_datatools.prepare.progress import bar

KEPT, WORK, LOCK = "archives", ".prepared", ".preparing"
"""Prepare's own: archives that the user wants to keep, all that is under way, and a lock."""
UNPACKING = ".unpacking"
"""How the name of a file ends, behind a dot and its first letters, until it is whole."""
BYTES_OF_A_MEMBER, MEMBERS_ALLOWED = 32, 10_000
"""Of an archive, at least, for each of its members, and how many one of any size may have: ten
times as many as labels of one line, of which tar.gz makes 100 bytes, and zip 80 of an empty file.
"""


@dataclass
class Plan:
    """What an archive becomes.

    Args:
        targets: member name to path in the dataset's folder.
        sizes: the same paths to bytes.
    """

    targets: dict[str, PurePosixPath] = field(default_factory=dict)
    sizes: dict[PurePosixPath, int] = field(default_factory=dict)


def make_plan(path: Path, archive: Archive, *, quiet: bool = False) -> Plan:
    """Look at every member of an archive.

    One without a known checksum is read to its end, so that damage shows here.

    Raises:
        DataError: the archive is damaged, has members that may not be unpacked, or claims to unpack
            to far more, or to have far more members, than it can hold honestly.
    """
    plan, total, most = Plan(), 0, most_unpacked(path)
    most_members = max(MEMBERS_ALLOWED, path.stat().st_size // BYTES_OF_A_MEMBER)
    with damage(path), bar(f"look into {archive.name}", None, quiet=quiet) as shown:
        for number, (member, content) in enumerate(read_members(path), start=1):
            target = _target(path, member, archive)
            if number > most_members:
                raise refusal(path, f"it has more than {most_members} members, for its size")
            total += member.size + member.beside
            if member.size < 0 or total > most:
                raise refusal(path, f"it claims to unpack to over {MOST_GROWTH} times its size")
            if target is None:
                continue
            if target in plan.sizes:
                raise refusal(path, f"it has {str(target)!r} twice")
            plan.targets[member.name] = target
            plan.sizes[target] = member.size
            if archive.checksum is None:
                with content() as stream:
                    collections.deque(pieces(member, stream), maxlen=0)
            shown.update(member.size)
    if clash := next((t for t in plan.sizes if not plan.sizes.keys().isdisjoint(t.parents)), None):
        raise refusal(path, f"{str(clash)!r} lies in a file")
    return plan


def _target(path: Path, member: Member, archive: Archive) -> PurePosixPath | None:
    """Return where a member goes; None for folders, which files bring, and for macOS's extras."""
    name, parts = member.name, PurePosixPath(member.name).parts
    if member.kind not in ("file", "folder"):
        raise refusal(path, f"its member {name!r:.80} is {member.kind}")
    outside = name.startswith("/") or ".." in parts or any(c in name for c in "\\\0")
    if outside or (parts and ":" in parts[0]):
        raise refusal(path, f"its member {name!r:.80} would lie outside of the folder")
    if member.kind == "file" and not parts:
        raise refusal(path, f"its member {name!r} is a file without a name")
    if member.kind == "folder" or parts[:1] == ("__MACOSX",) or parts[-1].startswith("._"):
        return None
    target = PurePosixPath(archive.into, *(parts[-1:] if archive.flat else parts))
    if why := problem(target):
        raise refusal(path, f"its member {name!r:.80} {why}")
    partial = target.name.startswith(".") and target.name.lower().endswith(UNPACKING)
    if partial or target.parts[0].lower() in (KEPT, WORK, LOCK):
        raise refusal(path, f"its member {name!r:.80} lies where prepare keeps its own files")
    return target
