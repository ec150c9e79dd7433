"""People of a file in COCO's form, checked: one by one, or many at once to the same values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco.form import columns
from hyperpose_coco.form.checked import Checked
from hyperpose_coco.form.exports import IS_ESTIMATE, completed
from hyperpose_coco.form.regions import Regions

Id = int | str
Entry = dict[str, Any]
Placed = tuple[int, Any]
"""An entry after its place in the file's list."""
_ELSEWHERE = ("attributes", "object_id", "person_id")


@dataclass(frozen=True)
class People:
    """Annotated people in the order of their file, each a row of every field.

    Args:
        places: `[P]` int64, in the file's list, for messages.
        points: `[P, K, 3]` float32.
        boxes: `[P, 4]` float32.
        areas: `[P]` float64; `estimated`: `[P]` bool, which of them are made of boxes.
        counts: `[P]` int64, `num_keypoints`.
        crowds: `[P]` bool.
        categories, objects: None where the file gives none.
        segmentations: as in the file, None where there is none.
    """

    places: NDArray[np.int64]
    ids: list[Id]
    images: list[Id]
    points: NDArray[np.float32]
    boxes: NDArray[np.float32]
    areas: NDArray[np.float64]
    estimated: NDArray[np.bool_]
    counts: NDArray[np.int64]
    crowds: NDArray[np.bool_]
    categories: list[Id | None]
    objects: list[Id | None]
    segmentations: Sequence[Any]

    def __len__(self) -> int:
        return len(self.ids)

    def chosen(self, rows: NDArray[np.int64]) -> People:
        """Return people by the numbers of their rows."""
        kept: dict[str, Any] = {}
        for name in (item.name for item in fields(self)):
            values = getattr(self, name)
            if isinstance(values, np.ndarray):
                kept[name] = values[rows]
            elif isinstance(values, Regions):
                kept[name] = values.chosen(rows)
            else:
                kept[name] = [values[row] for row in rows.tolist()]
        return People(**kept)

    def hidden(self, least_area: float) -> NDArray[np.bool_]:
        """Return `[P]`, who becomes the mask: crowds, people without keypoints, too small ones."""
        annotated = (self.counts > 0) & (self.points[..., 2] > 0).any(axis=1)
        return np.asarray(~annotated | self.crowds | (self.areas < least_area))


def read_people(
    path: Path, entries: Sequence[Any], first: int, keypoints: int, category: Id | None
) -> People:
    """Return the people of entries.

    Args:
        first: the place of the first entry in the file's list, for messages.
        category: read only these, and make up what is left out (`form.exports`); None: all.

    Raises:
        DataError: an entry is not as it must be.
    """
    placed = list(enumerate(entries, start=first))
    mine = placed if category is None else _of_category(placed, category)
    together = None if mine is None else _together(mine, keypoints, category)
    if together is not None:
        return together
    return joined(_alone(path, entries, first, keypoints, category), keypoints)


def joined(people: Sequence[Entry], keypoints: int) -> People:
    """Return checked entries as rows."""

    def column(key: str, kind: type) -> NDArray[Any]:
        return np.array([person[key] for person in people], kind)

    def listed(key: str) -> list[Any]:
        return [person[key] for person in people]

    return People(
        places=column("place", np.int64),
        ids=listed("id"),
        images=listed("image_id"),
        points=column("keypoints", np.float32).reshape(-1, keypoints, 3),
        boxes=column("bbox", np.float32).reshape(-1, 4),
        areas=column("area", np.float64),
        estimated=column(IS_ESTIMATE, bool),
        counts=column("num_keypoints", np.int64),
        crowds=column("iscrowd", bool),
        categories=listed("category_id"),
        objects=listed("object_id"),
        segmentations=listed("segmentation"),
    )


def entries_of(people: People) -> list[Entry]:
    """Return rows as checked entries; the opposite of `joined`."""
    by_key = {
        "place": people.places.tolist(),
        "id": people.ids,
        "image_id": people.images,
        "keypoints": people.points,
        "bbox": people.boxes,
        "area": people.areas.tolist(),
        IS_ESTIMATE: people.estimated.tolist(),
        "num_keypoints": people.counts.tolist(),
        "iscrowd": people.crowds.astype(int).tolist(),
        "category_id": people.categories,
        "object_id": people.objects,
        "segmentation": people.segmentations,
    }
    rows = zip(*by_key.values(), strict=True)
    return [dict(zip(by_key, row, strict=True)) for row in rows]


def person(checked: Checked, keypoints: int) -> Entry:
    """Return one person's values, checked; errors as `read_people`."""
    points = checked.numbers("keypoints", 3 * keypoints).reshape(-1, 3)
    if not np.isin(points[:, 2], (0, 1, 2)).all():
        raise checked.fail("keypoints", "x, y, v for each point, with v 0, 1 or 2")
    annotated = int((points[:, 2] > 0).sum())
    return {
        "place": checked.index,
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


def is_of_another(checked: Checked, category: Id) -> bool:
    """Compare as texts: some tools write the number in one place and its text in the other."""
    return checked.is_object() and str(checked.name("category_id")) != str(category)


def _alone(
    path: Path, entries: Sequence[Any], first: int, keypoints: int, category: Id | None
) -> list[Entry]:
    people = []
    for index, entry in enumerate(entries, start=first):
        checked = Checked(path, "annotation", index, entry)
        if category is None:
            people.append(person(checked, keypoints))
        elif not is_of_another(checked, category):
            people.append(person(completed(checked, keypoints, category), keypoints))
    return people


def _of_category(entries: list[Placed], category: Id) -> list[Placed] | None:
    """Return the entries of a category; None where something is left out or a key may be wrong."""
    keys = columns.names(columns.values_of([entry for _, entry in entries], "category_id"))
    if keys is None:
        return None
    mine = [entry for entry, key in zip(entries, keys, strict=True) if str(key) == str(category)]
    sizes = columns.areas(columns.values_of([entry for _, entry in mine], "area"))
    return None if sizes is None or (sizes == 0).any() else mine


def _together(placed: list[Placed], keypoints: int, category: Id | None) -> People | None:
    """Return the people of entries; None where one of them is to be looked at alone."""
    entries = [entry for _, entry in placed]
    if not all(type(entry) is dict and entry.keys().isdisjoint(_ELSEWHERE) for entry in entries):
        return None
    ids = columns.names(columns.values_of(entries, "id"))
    images = columns.names(columns.values_of(entries, "image_id"))
    points = columns.numbers(columns.values_of(entries, "keypoints"), 3 * keypoints)
    boxes = columns.numbers(columns.values_of(entries, "bbox"), 4)
    areas = columns.areas(columns.values_of(entries, "area"))
    crowds = columns.whole(columns.values_of(entries, "iscrowd", 0), 0, 1)
    if ids is None or images is None or points is None or boxes is None:
        return None
    points = points.reshape(len(entries), keypoints, 3)
    right = np.isin(points[..., 2], (0, 1, 2)).all() and (boxes[:, 2:] >= 0).all()
    counts: NDArray[np.int64] | None = (points[..., 2] > 0).sum(axis=1)
    kinds: list[Id] | list[None] | None = [None] * len(entries)
    if category is None:
        counts = columns.whole(columns.values_of(entries, "num_keypoints"), 0, keypoints)
        if any(entry.get("category_id") is not None for entry in entries):
            kinds = columns.names(columns.values_of(entries, "category_id"))
    else:
        kinds = [category] * len(entries)
    if areas is None or crowds is None or counts is None or kinds is None or not right:
        return None
    return People(
        places=np.array([place for place, _ in placed], np.int64),
        ids=ids,
        images=images,
        points=points,
        boxes=boxes,
        areas=areas,
        estimated=np.array([entry.get(IS_ESTIMATE) is True for entry in entries], bool),
        counts=counts,
        crowds=crowds.astype(bool),
        categories=list(kinds),
        objects=[None] * len(entries),
        segmentations=[entry.get("segmentation") for entry in entries],
    )


def _object_id(checked: Checked) -> Id | None:
    """Return what is the same for repeated annotations of a person; annotators put it in either."""
    attributes = checked.get("attributes")
    for where in (checked, replace(checked, entry=attributes)):
        for key in ("object_id", "person_id"):
            if where.get(key) is not None:
                return where.name(key)
    return None
