"""Where the members of an archive go; decided for all of them before anything is written."""

from __future__ import annotations

import collections
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from hyperpose_core.errors import DataError
from hyperpose_datatools.file_names import problem
from hyperpose_datatools.prepare.archives import Archive
from hyperpose_datatools.prepare.members import Member, damage, pieces, read_members
from hyperpose_datatools.prepare.progress import bar

KEPT, WORK = "archives", ".prepared"
"""Folders of prepare's own: archives that the user wants to keep, and all that is under way."""
MOST_GROWTH = 100
"""Times the archive's own size; more is a bomb. Annotations in JSON grow by less than ten."""
ALWAYS_ALLOWED = 1 << 26
"""Bytes that an archive of any size may unpack to."""


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
            to far more than it can hold honestly.
    """
    plan, total = Plan(), 0
    most = max(ALWAYS_ALLOWED, MOST_GROWTH * path.stat().st_size)
    with damage(path), bar(f"look into {archive.name}", None, quiet=quiet) as shown:
        for member, content in read_members(path):
            target = _target(path, member, archive)
            total += member.size
            if member.size < 0 or total > most:
                raise _refusal(path, f"it claims to unpack to over {MOST_GROWTH} times its size")
            if target is None:
                continue
            if target in plan.sizes:
                raise _refusal(path, f"it has {str(target)!r} twice")
            plan.targets[member.name] = target
            plan.sizes[target] = member.size
            if archive.checksum is None:
                with content() as stream:
                    collections.deque(pieces(member, stream), maxlen=0)
            shown.update(member.size)
    if clash := next((t for t in plan.sizes if not plan.sizes.keys().isdisjoint(t.parents)), None):
        raise _refusal(path, f"{str(clash)!r} lies in a file")
    return plan


def _target(path: Path, member: Member, archive: Archive) -> PurePosixPath | None:
    """Return where a member goes; None for folders, which files bring, and for macOS's extras."""
    name, parts = member.name, PurePosixPath(member.name).parts
    if member.kind not in ("file", "folder"):
        raise _refusal(path, f"its member {name!r} is {member.kind}")
    outside = name.startswith("/") or ".." in parts or any(c in name for c in "\\\0")
    if outside or (parts and ":" in parts[0]):
        raise _refusal(path, f"its member {name!r} would lie outside of the folder")
    if member.kind == "folder" or parts[:1] == ("__MACOSX",) or parts[-1].startswith("._"):
        return None
    target = PurePosixPath(archive.into, *(parts[-1:] if archive.flat else parts))
    if why := problem(target):
        raise _refusal(path, f"its member {name!r:.80} {why}")
    if target.parts[0] in (KEPT, WORK):
        raise _refusal(path, f"its member {name!r} lies where prepare keeps its own files")
    return target


def _refusal(path: Path, why: str) -> DataError:
    return DataError(f"the archive {path} is refused and nothing of it was unpacked: {why}")
