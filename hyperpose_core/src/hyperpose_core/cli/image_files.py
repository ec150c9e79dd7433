"""The images that `hyperpose infer` is given, and the names of the pictures that it writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hyperpose_core.errors import InputError

ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
"""What a file in a folder ends with to be an image."""


def image_files(given: Sequence[Path]) -> list[Path]:
    """Return the files, and in place of every folder the images in it, in order of their names.

    Raises:
        InputError: there is no such file, or no image in a folder.
    """
    found = [image for path in given for image in (_in_folder(path) if path.is_dir() else [path])]
    for image in found:
        if not image.is_file():
            raise InputError(f"there is no image file {image}")
    return found


def _in_folder(folder: Path) -> list[Path]:
    found = sorted(
        path for path in folder.iterdir() if path.suffix.lower() in ENDINGS and path.is_file()
    )
    if not found:
        raise InputError(f"the folder {folder} holds no image ({', '.join(ENDINGS)})")
    return found


def picture_paths(images: Sequence[Path], folder: Path) -> list[Path]:
    """Return for each image its picture in a folder, each of them once, and none an image."""
    taken = {_key(image) for image in images}
    found = []
    for number, image in enumerate(images):
        picture = folder / f"{image.stem}.png"
        while _key(picture) in taken:
            picture = folder / f"{picture.stem}_{number}.png"
        taken.add(_key(picture))
        found.append(picture)
    return found


def _key(path: Path) -> str:
    """Return what is the same for paths of one file, also where A and a are one letter."""
    return str(path.resolve()).lower()
