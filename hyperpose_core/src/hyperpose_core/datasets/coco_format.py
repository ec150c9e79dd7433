"""COCO's form: reading and checking a JSON file of people with keypoints.

The form is described at https://cocodataset.org/#format-data (keypoint detection).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.errors import DataError

Entry = dict[str, Any]
_LARGEST_SIDE = 65535


@dataclass
class Annotations:
    """The checked content of a file.

    Args:
        keypoints: K.
        images: entries with `id`, `file_name`, `width`, `height`.
        people: for each image id its entries, with `id`, `keypoints` `[K, 3]` float32, `bbox`
            `[4]` float32, `area`, `num_keypoints`, `iscrowd`, and `segmentation` where given.
    """

    path: Path
    keypoints: int
    images: list[Entry]
    people: dict[int | str, list[Entry]]


def read_annotations(path: Path, keypoints: int) -> Annotations:
    """Read a file in COCO's form, whose people have `keypoints` points each.

    Raises:
        DataError: the file cannot be read, is not JSON, or an entry is not as it must be: the
            message names the file and the entry.
    """
    content = _read_json(path)
    images = list(_images(path, _list(path, content, "images")))
    people: dict[int | str, list[Entry]] = {image["id"]: [] for image in images}
    if len(people) != len(images):
        raise DataError(
            f"{path}: the image id {_repeated(images)!r} is there twice; make it unique"
        )
    for index, entry in enumerate(_list(path, content, "annotations")):
        person = _person(_Checked(path, "annotation", index, entry), keypoints)
        if person["image_id"] not in people:
            raise DataError(
                f"{path}: annotation {index} (id {person['id']!r}) is of the image "
                f"{person['image_id']!r}, which is not among the file's images"
            )
        people[person["image_id"]].append(person)
    return Annotations(path, keypoints, images, people)


def _read_json(path: Path) -> Entry:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise DataError(f"cannot read the annotations {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise DataError(f"{path} holds {_kind(content)}: annotations in COCO's form are an object")
    return content


def _list(path: Path, content: Entry, key: str) -> list[Any]:
    value = content.get(key)
    if not isinstance(value, list):
        found = _kind(value) if key in content else "missing"
        raise DataError(f"{path}: '{key}' is {found}; annotations in COCO's form have a list there")
    return value


@dataclass(frozen=True)
class _Checked:
    """One entry, whose values are checked when they are taken out."""

    path: Path
    what: str
    index: int
    entry: Any

    def fail(self, key: str, wanted: str) -> DataError:
        found, name = "missing", ""
        if not isinstance(self.entry, dict):
            return DataError(
                f"{self.path}: {self.what} {self.index} is {_kind(self.entry)}, not an object"
            )
        if "id" in self.entry:
            name = f" (id {_short(self.entry['id'])})"
        if key in self.entry:
            found = _short(self.entry[key])
        return DataError(
            f"{self.path}: {self.what} {self.index}{name}: '{key}' is {found}; it must be {wanted}"
        )

    def get(self, key: str) -> Any:
        return self.entry.get(key) if isinstance(self.entry, dict) else None

    def name(self, key: str) -> int | str:
        value = self.get(key)
        if type(value) is int or (isinstance(value, str) and value):
            return value
        raise self.fail(key, "a whole number or a text")

    def text(self, key: str) -> str:
        value = self.get(key)
        if isinstance(value, str) and value:
            return value
        raise self.fail(key, "a text")

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        value = self.get(key)
        if value is None and default is not None:
            return default
        if type(value) in (int, bool) and low <= value <= high:
            return int(value)
        raise self.fail(key, f"a whole number from {low} to {high}")

    def numbers(self, key: str, count: int) -> NDArray[np.float32]:
        """Return a list of finite numbers; ones too large for float32 count as infinite."""
        try:
            values = np.asarray(self.get(key))
        except (ValueError, OverflowError):
            values = np.zeros(0)
        if values.shape == (count,) and values.dtype.kind in "iuf":
            with np.errstate(over="ignore"):
                values = values.astype(np.float32)
            if np.isfinite(values).all():
                return values
        raise self.fail(key, f"a list of {count} finite numbers")

    def area(self) -> float:
        value = self.get("area")
        if type(value) in (int, float) and 0 <= value < 1e12:
            return float(value)
        raise self.fail("area", "a number of pixels, 0 or more")


def _images(path: Path, entries: list[Any]) -> Iterator[Entry]:
    for index, entry in enumerate(entries):
        checked = _Checked(path, "image", index, entry)
        yield {
            "id": checked.name("id"),
            "file_name": checked.text("file_name"),
            "width": checked.whole("width", 1, _LARGEST_SIDE),
            "height": checked.whole("height", 1, _LARGEST_SIDE),
        }


def _person(checked: _Checked, keypoints: int) -> Entry:
    points = checked.numbers("keypoints", 3 * keypoints).reshape(-1, 3)
    if not np.isin(points[:, 2], (0, 1, 2)).all():
        raise checked.fail("keypoints", "x, y, v for each point, with v 0, 1 or 2")
    annotated = int((points[:, 2] > 0).sum())
    return {
        "id": checked.name("id"),
        "image_id": checked.name("image_id"),
        "keypoints": points,
        "bbox": checked.numbers("bbox", 4),
        "area": checked.area(),
        "num_keypoints": checked.whole("num_keypoints", 0, keypoints, default=annotated),
        "iscrowd": checked.whole("iscrowd", 0, 1, default=0),
        "segmentation": checked.get("segmentation"),
    }


def _repeated(images: list[Entry]) -> int | str | None:
    seen: set[int | str] = set()
    for image in images:
        if image["id"] in seen:
            return image["id"]
        seen.add(image["id"])
    return None


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", type(None): "null"}
    return names.get(type(value), "a number")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
