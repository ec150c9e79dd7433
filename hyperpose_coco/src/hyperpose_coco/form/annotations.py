"""COCO's form: reading and checking a JSON file of people with keypoints.

The form is described at https://cocodataset.org/#format-data (keypoint detection). A large file is
read and checked in parts, so that never all of it is in memory as objects.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco.form import regions
from hyperpose_coco.form.checked import kind_of
from hyperpose_coco.form.columns import without_collector
from hyperpose_coco.form.document import IrregularError, parts, read_text
from hyperpose_coco.form.images import Images, read_images
from hyperpose_coco.form.people import Entry, Id, People, entries_of, joined, read_people
from hyperpose_core.errors import DataError


@dataclass(frozen=True)
class Annotations:
    """The checked content of a file.

    Args:
        keypoints: K.
        rows: the images.
        everybody: the people, an image's together, in the order of the file.
        first, last: `[N]`, which rows of `everybody` are an image's.
        least_area: with which it was read.
    """

    path: Path
    keypoints: int
    rows: Images
    everybody: People
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    least_area: float | None = None

    @cached_property
    def images(self) -> list[Entry]:
        """Entries with `id`, `file_name`, `width`, `height`; sizes of 0 are not annotated."""
        both = zip(self.rows.ids, self.rows.names, self.rows.sizes.tolist(), strict=True)
        return [{"id": i, "file_name": n, "width": w, "height": h} for i, n, (w, h) in both]

    @cached_property
    def people(self) -> dict[Id, list[Entry]]:
        """For each image id its entries, with `id`, `keypoints` `[K, 3]` float32, `bbox` `[4]`
        float32, `area` and whether that `area_is_estimate`, `num_keypoints`, `iscrowd`;
        `segmentation`, `category_id` and `object_id` are None where they are not given.
        """
        entries = entries_of(self.everybody)
        both = zip(self.rows.ids, self.first.tolist(), self.last.tolist(), strict=True)
        return {name: entries[first:last] for name, first, last in both}


def read_annotations(
    path: Path,
    keypoints: int,
    *,
    unique: bool = True,
    category: Id | None = None,
    people: bool = True,
    least_area: float | None = None,
) -> Annotations:
    """Read a file in COCO's form, whose people have `keypoints` points each.

    Args:
        unique: an id that two images or two people have is an error; otherwise both images get the
            people of the id.
        category: read only what has this `category_id`, of a file of anybody's: what labelling
            tools leave out is made up (`form.exports`). None: everything, and all of it is needed.
        people: False for a file that only names images.
        least_area: keep segmentations only of those who become the mask, as numbers: people with
            fewer pixels, crowds, people without keypoints. None: everybody's, as in the file.

    Raises:
        DataError: the file cannot be read, is not JSON, or an entry is not as it must be: the
            message names the file and the entry.
    """
    text, settings = read_text(path), (keypoints, unique, category, people, least_area)
    with without_collector():
        try:
            return _read(path, parts(text), *settings)
        except (IrregularError, DataError):
            # What comes first is said first, and that it is no JSON before anything else.
            return _read(path, _whole(path, text), *settings)


def part_of(annotations: Annotations, part: tuple[float, float]) -> Annotations:
    """Return the images whose ids hash into a range of 0 to 1, always the same ones."""
    low, high = part
    images = annotations.rows
    which = np.array([low <= _hash(name) < high for name in images.ids], bool)
    if which.all():
        return annotations
    kept = np.flatnonzero(which).tolist()
    rows = Images(
        [images.ids[n] for n in kept], [images.names[n] for n in kept], images.sizes[which]
    )
    first, last = annotations.first[which], annotations.last[which]
    return replace(annotations, rows=rows, first=first, last=last)


def _hash(key: Id) -> float:
    digest = hashlib.sha256(str(key).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def read_image_names(path: Path) -> list[str]:
    """Return the file names of the images of a file in COCO's form, with or without annotations.

    Raises:
        DataError: as `read_annotations`.
    """
    images = _list(path, read_json(path), "images")
    return read_images(path, images, 0, False).names


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
    return _object(path, read_text(path))


def _object(path: Path, text: str) -> Entry:
    try:
        with without_collector():
            content = json.loads(text)
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


def _whole(path: Path, text: str) -> Iterator[tuple[str, list[Any]]]:
    content = _object(path, text)
    for key in ("images", "annotations"):
        yield key, _list(path, content, key)


def _read(
    path: Path,
    given: Iterable[tuple[str, Any]],
    keypoints: int,
    unique: bool,
    category: Id | None,
    people: bool,
    least_area: float | None,
) -> Annotations:
    images: list[Images] = []
    found: list[People] = []
    counts = {"images": 0, "annotations": 0}
    for key, value in given:
        if key == "annotations" and not people:
            continue
        if key in counts and not isinstance(value, list):
            raise IrregularError(key)
        if key == "images":
            images.append(read_images(path, value, counts[key], category is not None))
        elif key == "annotations":
            part = read_people(path, value, counts[key], keypoints, category)
            found.append(part if least_area is None else _packed(part, least_area))
        if key in counts:
            counts[key] += len(value)
    if not images or (people and not found):
        raise IrregularError("lists")
    sizes = np.concatenate([part.sizes for part in images])
    rows = Images(_chained(images, "ids"), _chained(images, "names"), sizes)
    return _grouped(path, rows, _concatenated(found, keypoints), unique, least_area)


def _packed(people: People, least_area: float) -> People:
    hidden = people.hidden(least_area).tolist()
    kept = [s if hides else None for s, hides in zip(people.segmentations, hidden, strict=True)]
    return replace(people, segmentations=regions.pack(kept))


def _concatenated(some: Sequence[People], keypoints: int) -> People:
    if not some:
        return joined([], keypoints)
    merged: dict[str, Any] = {}
    for name in (item.name for item in fields(People)):
        columns = [getattr(part, name) for part in some]
        if isinstance(columns[0], np.ndarray):
            merged[name] = np.concatenate(columns)
        elif isinstance(columns[0], regions.Regions):
            merged[name] = regions.joined(columns)
        else:
            merged[name] = list(chain.from_iterable(columns))
    return People(**merged)


def _chained(some: Sequence[Any], name: str) -> list[Any]:
    return list(chain.from_iterable(getattr(part, name) for part in some))


def _grouped(
    path: Path, images: Images, people: People, unique: bool, least_area: float | None
) -> Annotations:
    """Put the people of an image together; errors as `read_annotations`."""
    numbers: dict[Id, int] = {}
    for row, name in enumerate(images.ids):
        if numbers.setdefault(name, row) != row and unique:
            raise DataError(f"{path}: the image id {name!r} is there twice; make it unique")
    of = np.array([numbers.get(name, -1) for name in people.images], np.int64)
    places = people.places.tolist()
    for row in np.flatnonzero(of < 0)[:1].tolist():
        raise DataError(
            f"{path}: annotation {places[row]} (id {people.ids[row]!r}) is of the image "
            f"{people.images[row]!r}, which is not among the file's images"
        )
    if unique and len(set(people.ids)) < len(people):
        earlier = {name: row for row, name in reversed([*enumerate(people.ids)])}
        row = next(n for n, name in enumerate(people.ids) if earlier[name] < n)
        raise DataError(
            f"{path}: annotation {places[row]} has the id {people.ids[row]!r} of an earlier one; "
            f"make it unique"
        )
    order = np.argsort(of, kind="stable")
    owner = np.array([numbers[name] for name in images.ids], np.int64)
    first, last = (np.searchsorted(of[order], owner, side=side) for side in ("left", "right"))
    return Annotations(
        path, people.points.shape[1], images, people.chosen(order), first, last, least_area
    )
