"""The images that `hyperpose infer` is given, and the names of the pictures that it writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hyperpose_core.data.image_files import ENDINGS
from hyperpose_core.errors import InputError
from hyperpose_core.support.messages import Messages


def image_files(given: Sequence[Path], messages: Messages) -> list[Path]:
    """Return the files, and in place of every folder the images in it, in order of their names.

    Raises:
        InputError: there is no such file, or no image in a folder.
    """
    found = [
        image
        for path in given
        for image in (_in_folder(path, messages) if path.is_dir() else [path])
    ]
    for image in found:
        if not image.is_file():
            raise InputError(f"there is no image file {image}")
    return found


def _in_folder(folder: Path, messages: Messages) -> list[Path]:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    found = [path for path in files if path.suffix.lower() in ENDINGS]
    if not found:
        raise InputError(f"the folder {folder} holds no image ({', '.join(ENDINGS)})")
    if len(found) < len(files):
        others = sorted({path.suffix or path.name for path in files} - {p.suffix for p in found})
        messages.say(
            f"{folder}: {len(files) - len(found)} files are left out, by their endings no images: "
            f"{', '.join(others)}"
        )
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
