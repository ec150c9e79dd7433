"""COCO's form: reading and checking a JSON file of people with keypoints.

The form is described at https://cocodataset.org/#format-data (keypoint detection).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hyperpose_coco.form.checked import Checked, kind_of
from hyperpose_coco.form.exports import IS_ESTIMATE, completed
from hyperpose_core.errors import DataError

Entry = dict[str, Any]
_LARGEST_SIDE = 65535
_MOST_PIXELS = 2**28
"""Of an image: its mask has as many bytes when it is made."""


@dataclass
class Annotations:
    """The checked content of a file.

    Args:
        keypoints: K.
        images: entries with `id`, `file_name`, `width`, `height`; sizes of 0 are not annotated.
        people: for each image id its entries, with `id`, `keypoints` `[K, 3]` float32, `bbox`
            `[4]` float32, `area` and whether that `area_is_estimate`, `num_keypoints`, `iscrowd`;
            `segmentation`, `category_id` and `object_id` are None where they are not given.
    """

    path: Path
    keypoints: int
    images: list[Entry]
    people: dict[int | str, list[Entry]]


def read_annotations(
    path: Path,
    keypoints: int,
    *,
    unique: bool = True,
    category: int | str | None = None,
    people: bool = True,
) -> Annotations:
    """Read a file in COCO's form, whose people have `keypoints` points each.

    Args:
        unique: an id that two images or two people have is an error; otherwise both images get the
            people of the id.
        category: read only what has this `category_id`, of a file of anybody's: what labelling
            tools leave out is made up (`coco_exports`). None: everything, and all of it is needed.
        people: False for a file that only names images.

    Raises:
        DataError: the file cannot be read, is not JSON, or an entry is not as it must be: the
            message names the file and the entry.
    """
    content = read_json(path)
    images = list(_images(path, _list(path, content, "images"), category is not None))
    of_image: dict[int | str, list[Entry]] = {image["id"]: [] for image in images}
    if unique and len(of_image) != len(images):
        raise DataError(
            f"{path}: the image id {_repeated(images)!r} is there twice; make it unique"
        )
    ids: set[int | str] = set()
    for index, entry in enumerate(_list(path, content, "annotations") if people else ()):
        checked = Checked(path, "annotation", index, entry)
        if category is not None:
            if _is_of_another(checked, category):
                continue
            checked = completed(checked, keypoints, category)
        person = _person(checked, keypoints)
        if person["image_id"] not in of_image:
            raise DataError(
                f"{path}: annotation {index} (id {person['id']!r}) is of the image "
                f"{person['image_id']!r}, which is not among the file's images"
            )
        if unique and person["id"] in ids:
            raise DataError(
                f"{path}: annotation {index} has the id {person['id']!r} of an earlier one; make "
                f"it unique"
            )
        ids.add(person["id"])
        of_image[person["image_id"]].append(person)
    return Annotations(path, keypoints, images, of_image)


def part_of(annotations: Annotations, part: tuple[float, float]) -> Annotations:
    """Return the images whose ids hash into a range of 0 to 1, always the same ones."""
    low, high = part
    images = [image for image in annotations.images if low <= _hash(image["id"]) < high]
    people = {image["id"]: annotations.people[image["id"]] for image in images}
    return replace(annotations, images=images, people=people)


def _hash(key: int | str) -> float:
    digest = hashlib.sha256(str(key).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def _is_of_another(checked: Checked, category: int | str) -> bool:
    """Compare as texts: some tools write the number in one place and its text in the other."""
    return checked.is_object() and str(checked.name("category_id")) != str(category)


def read_image_names(path: Path) -> list[str]:
    """Return the file names of the images of a file in COCO's form, with or without annotations.

    Raises:
        DataError: as `read_annotations`.
    """
    images = _list(path, read_json(path), "images")
    return [image["file_name"] for image in _images(path, images, False)]


def read_list(path: Path, key: str) -> list[Any]:
    """Return one of the lists of a file in COCO's form, its entries as they are.

    Raises:
        DataError: the file cannot be read, is not JSON, or has no such list.
    """
    return _list(path, read_json(path), key)


def read_json(path: Path) -> Entry:
    """Read a JSON file that holds an object.

    Raises:
        DataError: the file cannot be read, or holds something else.
    """
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise DataError(f"cannot read the annotations {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise DataError(
            f"{path} holds {kind_of(content)}: annotations in COCO's form are an object"
        )
    return content


def _list(path: Path, content: Entry, key: str) -> list[Any]:
    value = content.get(key)
    if not isinstance(value, list):
        found = kind_of(value) if key in content else "missing"
        raise DataError(f"{path}: '{key}' is {found}; annotations in COCO's form have a list there")
    return value


def _images(path: Path, entries: list[Any], of_anybody: bool) -> Iterator[Entry]:
    for index, entry in enumerate(entries):
        checked = Checked(path, "image", index, entry)
        image: Entry = {
            "id": checked.name("id"),
            "file_name": _posix(checked.text("file_name"), of_anybody),
            **_size(checked),
        }
        if image["width"] * image["height"] > _MOST_PIXELS:
            raise checked.fail("height", f"such that the image has at most {_MOST_PIXELS} pixels")
        yield image


def _size(checked: Checked) -> Entry:
    """Return width and height; zeros where the entry has neither, so that the file says them."""
    if all(checked.get(key) is None for key in ("width", "height")):
        return {"width": 0, "height": 0}
    return {key: checked.whole(key, 1, _LARGEST_SIDE) for key in ("width", "height")}


def _posix(name: str, of_anybody: bool) -> str:
    """Return a file's name with the separators of every system, where Windows may have written."""
    return name.replace("\\", "/") if of_anybody else name


def _person(checked: Checked, keypoints: int) -> Entry:
    points = checked.numbers("keypoints", 3 * keypoints).reshape(-1, 3)
    if not np.isin(points[:, 2], (0, 1, 2)).all():
        raise checked.fail("keypoints", "x, y, v for each point, with v 0, 1 or 2")
    annotated = int((points[:, 2] > 0).sum())
    return {
        "id": checked.name("id"),
        "image_id": checked.name("image_id"),
        "keypoints": points,
        "bbox": checked.box(),
        "area": checked.area(),
        IS_ESTIMATE: checked.get(IS_ESTIMATE) is True,
        "num_keypoints": checked.whole("num_keypoints", 0, keypoints, default=annotated),
        "iscrowd": checked.whole("iscrowd", 0, 1, default=0),
        "segmentation": checked.get("segmentation"),
        "category_id": None if checked.get("category_id") is None else checked.name("category_id"),
        "object_id": _object_id(checked),
    }


def _object_id(checked: Checked) -> int | str | None:
    """Return what is the same for repeated annotations of a person; annotators put it in either."""
    attributes = checked.get("attributes")
    for where in (checked, replace(checked, entry=attributes)):
        for key in ("object_id", "person_id"):
            if where.get(key) is not None:
                return where.name(key)
    return None


def _repeated(images: list[Entry]) -> int | str | None:
    seen: set[int | str] = set()
    for image in images:
        if image["id"] in seen:
            return image["id"]
        seen.add(image["id"])
    return None
