"""Is there room on the disk? Asked before the first byte."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from hyperpose_core.errors import InputError
from hyperpose_datatools.prepare.plan import Plan
from hyperpose_datatools.prepare.progress import amount
from hyperpose_datatools.prepare.sources import Source


def needed(sources: Sequence[Source], keep: bool) -> int:
    """Return about the most bytes that will be on the disk at once, beyond those there now.

    What an archive that is whole already still unpacks to is not counted: some of it may be there,
    and `still_to_write` says it exactly.

    Args:
        keep: the downloaded archives stay.
    """
    used = most = 0
    for source in (source for source in sources if source.to_download):
        size = source.archive.size or 0
        used += source.to_download
        most = max(most, used := used + (source.archive.unpacked or size))
        used -= 0 if keep else size
    return most


def still_to_write(plan: Plan, folder: Path) -> int:
    """Return the bytes of the files of a plan that are not there yet."""
    return sum(size for target, size in plan.sizes.items() if _size_of(folder / target) != size)


def free(folder: Path) -> int:
    """Return the free bytes where a folder is or will be."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
    return shutil.disk_usage(there).free


def check_space(folder: Path, need: int) -> None:
    """Compare.

    Raises:
        InputError: it is not enough.
    """
    if need > (there := free(folder)):
        raise InputError(
            f"not enough room for {folder}: about {amount(need)} are needed and {amount(there)} "
            f"are free; free some, choose another disk (--to), or give archives (--from)"
        )


def _size_of(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1
