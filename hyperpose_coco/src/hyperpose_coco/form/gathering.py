"""Annotations gathered from the parts of a document: checked, and an image's people together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco.form import regions
from hyperpose_coco.form.document import IrregularError
from hyperpose_coco.form.images import Images, read_images
from hyperpose_coco.form.people import Id, People, joined, read_people
from hyperpose_core.errors import DataError


@dataclass(frozen=True)
class Settings:
    """What of a file is read, and how; see `annotations.read_annotations`."""

    keypoints: int
    unique: bool
    category: Id | None
    people: bool
    least_area: float | None


class Gathered(NamedTuple):
    """Images and their people, as `annotations.Annotations` has them."""

    images: Images
    people: People
    first: NDArray[np.int64]
    last: NDArray[np.int64]


def gather(path: Path, given: Iterable[tuple[str, Any]], settings: Settings) -> Gathered:
    """Return what the parts of a document hold.

    Raises:
        DataError: an entry is not as it must be; IrregularError: there are no such lists.
    """
    images: list[Images] = []
    found: list[People] = []
    counts = {"images": 0, "annotations": 0}
    for key, value in given:
        if key == "annotations" and not settings.people:
            continue
        if key in counts and not isinstance(value, list):
            raise IrregularError(key)
        if key == "images":
            images.append(read_images(path, value, counts[key], settings.category is not None))
        elif key == "annotations":
            part = read_people(path, value, counts[key], settings.keypoints, settings.category)
            found.append(_packed(part, settings.least_area))
        if key in counts:
            counts[key] += len(value)
    if not images or (settings.people and not found):
        raise IrregularError("lists")
    sizes = np.concatenate([part.sizes for part in images])
    rows = Images(_chained(images, "ids"), _chained(images, "names"), sizes)
    nobody = _packed(joined([], settings.keypoints), settings.least_area)
    return _grouped(path, rows, _concatenated([nobody, *found]), settings.unique)


def _packed(people: People, least_area: float | None) -> People:
    """Keep segmentations as numbers, only of those who become the mask."""
    if least_area is None:
        return people
    hidden = people.hidden(least_area).tolist()
    kept = [s if hides else None for s, hides in zip(people.segmentations, hidden, strict=True)]
    return replace(people, segmentations=regions.pack(kept))


def _concatenated(some: Sequence[People]) -> People:
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


def _grouped(path: Path, images: Images, people: People, unique: bool) -> Gathered:
    """Put the people of an image together."""
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
    return Gathered(images, people.chosen(order), first, last)
