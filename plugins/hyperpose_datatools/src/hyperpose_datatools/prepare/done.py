"""What is known to be unpacked: a note for each archive."""

from __future__ import annotations

import json
import os
from pathlib import Path

from hyperpose_core.support.files import write_text
from hyperpose_datatools.prepare.archives import Archive
from hyperpose_datatools.prepare.plan import WORK, Plan


def write_note(folder: Path, archive: Archive, plan: Plan) -> None:
    """Note that all files of an archive are in a folder."""
    files = {str(target): size for target, size in plan.sizes.items()}
    write_text(_note(folder, archive), json.dumps({**_identity(archive), "files": files}))


def is_done(folder: Path, archive: Archive) -> bool:
    """Say whether all files of an archive are in a folder, none of them missing or cut off."""
    try:
        note = json.loads(_note(folder, archive).read_text(encoding="utf-8"))
        files: dict[str, int] = note.pop("files")
        return note == _identity(archive) and all(
            os.stat(folder / name).st_size == size for name, size in files.items()
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False


def _note(folder: Path, archive: Archive) -> Path:
    return folder / WORK / f"{archive.name}.json"


def _identity(archive: Archive) -> dict[str, object]:
    return {
        "archive": archive.name,
        "size": archive.size,
        "checksum": archive.checksum,
        "into": archive.into,
        "flat": archive.flat,
    }
