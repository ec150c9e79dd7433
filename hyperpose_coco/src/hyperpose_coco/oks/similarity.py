"""OKS: how alike predictions and people are, for all pairs that share an image.

The mean of `exp(-d^2 / (2 area (2 sigma)^2))` over a person's annotated keypoints, as
https://cocodataset.org/#keypoints-eval has it; equal to what pycocotools' `computeOks` says, to the
last bit: sums over the same numbers in the same order, so people are taken by how many keypoints
they have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hyperpose_coco.oks.people import Floats, Numbers, People, Predictions

_TINY = float(np.spacing(1))
_AT_ONCE = 2**15
"""Pairs whose keypoints are in memory together."""


@dataclass(frozen=True)
class Pairs:
    """Predictions with people, `[X]` numbers of each: both ascend, people within a prediction."""

    predictions: Numbers
    people: Numbers


def pairs_of(predictions: Numbers, people: Numbers) -> Pairs:
    """Return every pair that shares an image.

    Args:
        predictions, people: the numbers of their images, ascending.
    """
    first = np.searchsorted(people, predictions)
    counts = np.searchsorted(people, predictions, side="right") - first
    rows = np.repeat(np.arange(len(predictions)), counts)
    begin = np.cumsum(counts) - counts
    return Pairs(rows, np.arange(len(rows)) - begin[rows] + first[rows])


def similarities(
    pairs: Pairs, found: Predictions, people: People, sigmas: Sequence[float]
) -> Floats:
    """Return the OKS of each pair, `[X]`."""
    spread = (np.asarray(sigmas, float) * 2) ** 2
    result = np.zeros(len(pairs.people))
    for block, columns in blocks(pairs, people):
        rows, persons = pairs.predictions[block], pairs.people[block]
        if columns.shape[1]:
            places, truth = (
                taken(p, columns) for p in (found.points[rows], people.points[persons])
            )
            away, width = places - truth[..., :2], spread[columns]
        else:
            away, width = _outside(found.points[rows], people.boxes[persons]), spread
        size = people.areas[persons, None] + _TINY
        parts = np.exp(-((away[..., 0] ** 2 + away[..., 1] ** 2) / width / size / 2))
        result[block] = parts.sum(axis=-1) / parts.shape[1]
    return result


def blocks(pairs: Pairs, people: People) -> Iterator[tuple[Numbers, Numbers]]:
    """Yield the numbers of pairs, `[x]`, and the annotated keypoints of their people, `[x, k]`."""
    there = people.points[..., 2] > 0
    columns = np.argsort(~there, axis=1, kind="stable")
    counts = there.sum(axis=1)[pairs.people]
    for count in np.unique(counts):
        where = np.flatnonzero(counts == count)
        for begin in range(0, len(where), _AT_ONCE):
            block = where[begin : begin + _AT_ONCE]
            yield block, columns[pairs.people[block], :count]


def taken(points: Floats, columns: Numbers) -> Floats:
    """Return the points `[x, k, ...]` of `[x, K, ...]` that `[x, k]` name."""
    return np.take_along_axis(points, columns[..., None], axis=1)


def _outside(places: Floats, boxes: Floats) -> Floats:
    """Return how far points are from three times a box: in it a person without keypoints is."""
    boxes = boxes[:, None]
    low, high = boxes[..., :2] - boxes[..., 2:], boxes[..., :2] + boxes[..., 2:] * 2
    return np.asarray(np.maximum(0, low - places) + np.maximum(0, places - high))
