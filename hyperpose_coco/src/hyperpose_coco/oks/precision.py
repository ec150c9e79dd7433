"""Precision and recall of matched predictions, as `COCOeval.accumulate` and `summarize` have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco.oks.matching import NOBODY, match
from hyperpose_coco.oks.people import Floats, People, Predictions
from hyperpose_coco.oks.similarity import pairs_of, similarities

ALL, MEDIUM, LARGE = (0.0, 1e5**2), (32.0**2, 96.0**2), (96.0**2, 1e5**2)
"""Ranges of areas, in pixels."""
THRESHOLDS = tuple(np.linspace(0.5, 0.95, 10).tolist())
"""Of OKS, over which AP and AR are means."""
RECALLS = np.linspace(0.0, 1.0, 101)
"""At which precision is asked for."""
_TINY = float(np.spacing(1))


@dataclass(frozen=True)
class Curves:
    """What is reached at each of A ranges of areas and T thresholds; -1 without anybody to find.

    Args:
        precision: `[A, T, R]`, at `RECALLS`.
        recall: `[A, T]`, of all predictions.
    """

    precision: Floats
    recall: Floats


def mean(values: Floats) -> float:
    """Return the mean of some of these; -1 without anybody to find."""
    there = values[values > -1]
    return float(there.mean()) if there.size else -1.0


def curves(
    people: People,
    found: Predictions,
    sigmas: Sequence[float],
    ranges: Sequence[tuple[float, float]] = (ALL,),
) -> Curves:
    """Match predictions to people at `THRESHOLDS`, and follow precision over recall."""
    hidden = ~people.wanted | _beyond(people.areas, ranges)
    pairs = pairs_of(found.images, people.images)
    oks = similarities(pairs, found, people, sigmas)
    matched = match(pairs, oks, len(found.scores), people, hidden, np.array(THRESHOLDS))
    nobody = matched.people == NOBODY
    # Whoever is found where nobody is counts only where a person of that size is looked for.
    ignored = matched.ignored | (nobody & _beyond(found.areas, ranges)[:, None])
    order = np.argsort(-found.scores, kind="stable")
    right, wrong = ~nobody & ~ignored, nobody & ~ignored
    precision = np.full((len(ranges), len(THRESHOLDS), len(RECALLS)), -1.0)
    recall = np.full(precision.shape[:2], -1.0)
    for area, wanted in enumerate((~hidden).sum(axis=1)):
        if wanted:
            _follow(right[area][:, order], wrong[area][:, order], wanted, precision[area])
            recall[area] = right[area].sum(axis=-1) / wanted
    return Curves(precision, recall)


def _beyond(areas: Floats, ranges: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
    low, high = np.array(ranges).T[..., None]
    return np.asarray((areas < low) | (areas > high))


def _follow(
    right: NDArray[np.bool_], wrong: NDArray[np.bool_], wanted: int, result: Floats
) -> None:
    """Write the precisions of `[T, N]` predictions, the surest first, at the recalls asked for."""
    hits, others = (np.cumsum(which, axis=1).astype(float) for which in (right, wrong))
    precision = hits / (others + hits + _TINY)
    # No less than at any higher recall.
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    for level, recall in enumerate(hits / wanted):
        places = np.searchsorted(recall, RECALLS, side="left")
        reached = places < len(recall)
        result[level] = 0.0
        result[level, reached] = precision[level, places[reached]]
