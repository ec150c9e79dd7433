"""What `hyperpose prepare mpii` downloads, and which images there must be then."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hyperpose_datatools.prepare import ArchivesFile


def missing_images(folder: Path, version: str, splits: Sequence[str]) -> list[Path]:
    """Return the images that the official file names, of any split, and that are not in the folder.

    Raises:
        DataError: the official file cannot be read.
    """
    from hyperpose_datatools.image_files import missing_files
    from hyperpose_mpii.annotations import FILE, read_annotations

    images = read_annotations(folder / FILE)
    return missing_files(folder / "images" / image.name for image in images)


archives = ArchivesFile(Path(__file__).with_name("archives.toml"), missing_images)
