"""Annotations: reading MPII's official file.

The form is described at http://human-pose.mpi-inf.mpg.de/#download. What the file leaves out in
places is allowed to be missing: `annopoints`, `is_visible`, `scale`, `objpos`, the head box.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.errors import DataError
from hyperpose_mpii import cache
from hyperpose_mpii.matlab import Node, read_mat
from hyperpose_mpii.people import JOINTS, Image, Person

FILE = "mpii_human_pose_v1_u12_1.mat"


def read_annotations(path: Path, cache_folder: Path | None = None) -> list[Image]:
    """Read the official file, or what was kept of it when it was read before.

    Args:
        cache_folder: where what is read is kept as JSON; None: beside the file. A folder that
            cannot be written is left alone.

    Raises:
        DataError: the file cannot be read, or an entry is not as it must be: the message names
            the file and the entry.
    """
    kept = cache.load(path, cache_folder)
    if kept is not None:
        return kept
    images = read_matlab(path)
    cache.store(path, images, cache_folder)
    return images


def read_matlab(path: Path) -> list[Image]:
    """Read the official file itself; see `read_annotations`."""
    release = Node(path, "RELEASE", read_mat(path, "RELEASE")["RELEASE"]).one()
    entries = release.get("annolist").structs()
    if not entries:
        raise DataError(f"{path}: RELEASE.annolist is missing or empty; it must list images")
    train = release.get("img_train")
    marks = train.items()
    if len(marks) != len(entries):
        raise train.fail(f"{len(entries)} numbers, one for each image of annolist")
    single = _per_image(release.get("single_person"), len(entries))
    activities = _per_image(release.get("act"), len(entries))
    images = []
    for number, entry in enumerate(entries):
        name = _name(entry)
        entry.where += f" ({name})"
        mark = marks[number].number()
        apart = _indices(single[number])
        rects = enumerate(entry.get("annorect").structs(), start=1)
        people = [_person(rect, index in apart) for index, rect in rects]
        activity = activities[number].one().get("act_name").text()
        images.append(Image(name, bool(mark), people, activity))
    return _once_each(path, images)


def _per_image(node: Node, count: int) -> list[Node]:
    """Return one node an image; empty ones where the file has no such field."""
    if node.empty:
        return [node] * count
    nodes = node.items()
    if len(nodes) != count:
        raise node.fail(f"{count} entries, one for each image of annolist")
    return nodes


def _name(entry: Node) -> str:
    node = entry.get("image").one().get("name")
    name = node.text()
    if not is_name(name):
        raise node.fail("the name of an image file, without folders")
    return name


def is_name(text: str) -> bool:
    """Say whether a text can be the name of an image file, which MPII has without folders."""
    return bool(text) and text not in (".", "..") and not set(text) & set("/\\\0")


def _indices(node: Node) -> set[int]:
    """Return which people, counted from 1, stand apart."""
    numbers = (item.number() for item in node.items())
    return {int(number) for number in numbers if number is not None}


def _person(rect: Node, separated: bool) -> Person:
    corners = [rect.get(key).number() for key in ("x1", "y1", "x2", "y2")]
    x1, y1, x2, y2 = corners
    head = None
    if x1 is not None and y1 is not None and x2 is not None and y2 is not None:
        head = (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
    position = rect.get("objpos").one()
    x, y = position.get("x").number(), position.get("y").number()
    return Person(
        points=_points(rect.get("annopoints").one().get("point")),
        head=head,
        scale=rect.get("scale").number(),
        center=None if x is None or y is None else (x, y),
        separated=separated,
    )


def _points(node: Node) -> NDArray[np.float64] | None:
    points = np.zeros((JOINTS, 3))
    for entry in node.structs():
        index, x, y = (entry.get(key).number() for key in ("id", "x", "y"))
        if index is None or index != int(index) or not 0 <= index < JOINTS:
            raise entry.get("id").fail(f"a whole number from 0 to {JOINTS - 1}")
        if x is None or y is None:
            raise entry.get("y" if y is None else "x").fail("a number of pixels")
        if not points[int(index), 2]:
            points[int(index)] = x, y, 1 if _is_hidden(entry.get("is_visible")) else 2
    return points if points[:, 2].any() else None


def _is_hidden(node: Node) -> bool:
    """Say whether a point is marked as occluded; one without a mark is not."""
    number = node.number()
    if number not in (None, 0, 1):
        raise node.fail("0, 1 or empty")
    return number == 0


def _once_each(path: Path, images: list[Image]) -> list[Image]:
    """Leave out repeated images without people; the file lists some."""
    kept: dict[str, Image] = {}
    for image in images:
        if image.people and image.name in kept and kept[image.name].people:
            raise DataError(
                f"{path}: the people of the image {image.name!r} are there twice; take one out"
            )
        if image.people or image.name not in kept:
            kept[image.name] = image
    return list(kept.values())
