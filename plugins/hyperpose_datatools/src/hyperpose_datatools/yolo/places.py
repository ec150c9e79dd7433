"""Places of a YOLO-pose dataset: its images, and the label file of each."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from os.path import isfile  # unlike Path's, of names that no file can have too
from pathlib import Path

from hyperpose_core.errors import DataError
from hyperpose_core.support.files import read_text
from hyperpose_datatools.yolo.data_yaml import YoloData

IMAGES = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".jp2", ".png", ".bmp", ".dib", ".gif"),
        *(".webp", ".tif", ".tiff", ".avif", ".heic", ".mpo", ".pbm", ".pgm", ".ppm"),
    }
)
"""Endings of images; whether each can be read is seen when it is."""
_NO_IMAGES = frozenset(
    {*(".txt", ".json", ".xml", ".csv", ".yaml", ".yml", ".md"), *(".cache", ".npy", ".npz", ".db")}
)
"""Endings of what lies beside images without being one."""


@dataclass
class Found:
    """The images of a split.

    Args:
        images: sorted within folders.
        others: files in their folders that are no images, and nothing that one expects there.
        folders: the folders that were searched.
    """

    images: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)


def find_images(data: YoloData, split: str) -> Found:
    """Return the images of a split.

    Raises:
        DataError: there is no such split, or its folder or list is missing.
    """
    if split not in data.splits:
        raise DataError(f"{data.path} has no split {split!r}: it has {', '.join(data.splits)}")
    found = Found()
    for entry in data.splits[split]:
        try:
            place = _place(data.root, entry)
            folder = place.is_dir()
        except OSError as error:
            text = f"{data.path}: {split} is {entry!r:.80}: {error.strerror}"
            raise DataError(text) from error
        if folder:
            _search(place, found)
        elif place.is_file() and place.suffix == ".txt":
            lines = read_text(place, errors="replace").split("\n")
            found.images += [_listed(place, line.strip()) for line in lines if line.strip()]
        else:
            raise DataError(f"{data.path}: {split} is {entry!r}; there is no {place}")
    return found


def _listed(place: Path, line: str) -> Path:
    """Return the image that a line of a list names; who reads it says where there is none."""
    image = place.parent / line
    if image.name in ("", ".."):
        raise DataError(f"{place} names {line!r:.80}, which ends in no name of a file")
    try:
        image.stat()
    except (OSError, ValueError) as error:
        if isinstance(error, ValueError) or error.errno == errno.ENAMETOOLONG:
            raise DataError(f"{place} names {line!r:.80}: {error!s:.80}") from error
    return image


def label_of(image: Path) -> Path:
    """Return where the label file of an image is.

    In the last folder `images`, which becomes `labels`; where there is none, beside the image. A
    file that does not exist is named in the first of these places.
    """
    exchanged, beside = in_labels(image), image.with_suffix(".txt")
    return beside if isfile(beside) and not isfile(exchanged) else exchanged


def in_labels(image: Path) -> Path:
    """Return the label file of an image in the folder `labels` in place of the last `images`."""
    parts = list(image.parts)
    for i in range(len(parts) - 2, -1, -1):
        if parts[i] == "images":
            parts[i] = "labels"
            break
    return Path(*parts).with_suffix(".txt")


def labels_without_image(found: Found, labels: Sequence[Path]) -> list[Path]:
    """Return label files in the folders of a split's labels that no image of the split has."""
    known = {*labels, *(label.with_name("classes.txt") for label in labels)}
    folders = _label_folders(found, known)
    return [p for folder in folders for p in sorted(folder.rglob("*.txt")) if p not in known]


def _label_folders(found: Found, labels: set[Path]) -> Iterator[Path]:
    """Yield the folders that hold labels alone, and those in which they are beside images."""
    for folder in found.folders:
        exchanged = in_labels(folder / "x").parent
        if exchanged != folder and exchanged.is_dir():
            yield exchanged
        if any(label.is_relative_to(folder) for label in labels if isfile(label)):
            yield folder


def _search(folder: Path, found: Found) -> None:
    found.folders.append(folder)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        ending = path.suffix.lower()
        if ending in IMAGES:
            found.images.append(path)
        elif ending not in _NO_IMAGES and not path.name.startswith("."):
            found.others.append(path)


def _place(root: Path, entry: str) -> Path:
    """Return a path of a data.yaml; one that begins with `../` may mean the folder itself.

    So the tools of the format read the files that Roboflow exports.
    """
    place = root / entry
    inside = root / entry.removeprefix("../")
    return inside if not place.exists() and inside.exists() else place
