"""What `hyperpose prepare coco` downloads, and which images there must be then."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hyperpose_datatools.prepare import ArchivesFile

TEST = "test-dev"


def missing_images(folder: Path, version: str, splits: Sequence[str]) -> list[Path]:
    """Return the images that the annotations of some splits name and that are not in the folder.

    Raises:
        DataError: a file of annotations cannot be read.
    """
    from hyperpose_coco.form.annotations import read_image_names
    from hyperpose_datatools.image_files import missing_files

    missing: list[Path] = []
    for split in splits:
        kind, images = ("image_info", "test") if split == TEST else ("person_keypoints", split)
        names = read_image_names(folder / "annotations" / f"{kind}_{split}{version}.json")
        missing += missing_files(folder / f"{images}{version}" / name for name in names)
    return missing


archives = ArchivesFile(Path(__file__).with_name("archives.toml"), missing_images)
