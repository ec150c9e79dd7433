"""People and predictions of a data set as arrays, in the order of COCO's evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Id = int | str
Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Rows = TypeVar("Rows", "People", "Predictions")

MOST_PEOPLE = 20
"""Predictions of one image that count, the surest ones."""


@dataclass(frozen=True)
class People:
    """The annotated people of all images, an image's together.

    Args:
        images: `[P]`, ascending numbers of the images from 0 on.
        points: `[P, K, 3]`, with the visibility, 0 not annotated.
        boxes: `[P, 4]`: x, y, width, height in pixels.
        areas: `[P]`, pixels.
        crowds: `[P]` bool.
        wanted: `[P]` bool, who is to be found: neither a crowd nor without keypoints.
    """

    images: Numbers
    points: Floats
    boxes: Floats
    areas: Floats
    crowds: NDArray[np.bool_]
    wanted: NDArray[np.bool_]


@dataclass(frozen=True)
class Predictions:
    """The predictions of all images, an image's together, the surest first.

    Args:
        images: `[N]`, ascending numbers of the images from 0 on.
        points: `[N, K, 2]`, pixels.
        scores: `[N]`.
    """

    images: Numbers
    points: Floats
    scores: Floats

    @property
    def areas(self) -> Floats:
        """`[N]`: what COCO takes as their area, the extent of all points."""
        width, height = np.moveaxis(np.ptp(self.points, axis=1), -1, 0)
        return np.asarray(width * height)

    def ranked(self) -> Predictions:
        """Return them in order, without those beyond the `MOST_PEOPLE` surest of an image."""
        ordered = chosen(self, np.lexsort((-self.scores, self.images)))
        first = np.searchsorted(ordered.images, ordered.images)
        return chosen(ordered, np.arange(len(first)) - first < MOST_PEOPLE)


def chosen(rows: Rows, which: NDArray[Any]) -> Rows:
    """Return some of the rows, by a mask or by their numbers."""
    return replace(rows, **{f.name: getattr(rows, f.name)[which] for f in fields(rows)})


def number_images(image_ids: Iterable[Id]) -> dict[Id, int]:
    """Number image ids from 0 on, in order; texts after numbers."""
    ordered = sorted(set(image_ids), key=lambda name: (isinstance(name, str), name))
    return {name: number for number, name in enumerate(ordered)}


def people_of(
    entries: Iterable[Mapping[str, Any]], numbers: Mapping[Id, int], count: int
) -> People:
    """Return the annotations of the numbered images, of `count` keypoints each, as arrays."""
    kept = [entry for entry in entries if entry["image_id"] in numbers]
    crowds = np.array([entry["iscrowd"] for entry in kept], bool)
    people = People(
        images=np.array([numbers[entry["image_id"]] for entry in kept], np.int64),
        points=_points(kept, count),
        boxes=np.array([entry["bbox"] for entry in kept], float).reshape(-1, 4),
        areas=np.array([entry["area"] for entry in kept], float),
        crowds=crowds,
        wanted=np.array([entry["num_keypoints"] for entry in kept], np.int64).astype(bool)
        & ~crowds,
    )
    return chosen(people, np.argsort(people.images, kind="stable"))


def predictions_of(
    entries: Iterable[Mapping[str, Any]], numbers: Mapping[Id, int], count: int
) -> Predictions:
    """Return the results of the numbered images that count, of `count` keypoints each."""
    kept = [entry for entry in entries if entry["image_id"] in numbers]
    return Predictions(
        images=np.array([numbers[entry["image_id"]] for entry in kept], np.int64),
        points=_points(kept, count)[..., :2],
        scores=np.array([entry["score"] for entry in kept], float),
    ).ranked()


def _points(entries: Sequence[Mapping[str, Any]], count: int) -> Floats:
    return np.array([entry["keypoints"] for entry in entries], float).reshape(-1, count, 3)
