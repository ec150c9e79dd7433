"""Matching: which prediction is of whom, by COCO's greedy rule, in all images at once.

The surest prediction of an image takes the person it is most alike among those whom nobody has
taken, then the next one does. Who is not to be found is taken only by a prediction that finds
nobody else, and it then counts neither as right nor as wrong; a crowd is taken by any number of
them. Of people who are equally alike the later one is taken, as `COCOeval.evaluateImg` in
pycocotools has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco.oks.people import Floats, Numbers, People
from hyperpose_coco.oks.similarity import Pairs

NOBODY = -1
_SURELY = 1 - 1e-10


@dataclass(frozen=True)
class Matched:
    """The predictions of all images, at each of A ranges of areas and T thresholds.

    Args:
        people: `[A, T, N]`, the person of each prediction, or `NOBODY`.
        ignored: `[A, T, N]` bool, matched with somebody who is not to be found.
    """

    people: Numbers
    ignored: NDArray[np.bool_]


def match(
    pairs: Pairs, oks: Floats, count: int, people: People, hidden: NDArray[np.bool_], least: Floats
) -> Matched:
    """Match `count` predictions to people.

    Args:
        oks: `[X]`, of the pairs.
        hidden: `[A, P]`, who is not to be found.
        least: `[T]` thresholds, the least OKS of a match.
    """
    shape = (len(hidden), len(least), count)
    matched = Matched(np.full(shape, NOBODY), np.zeros(shape, bool))
    sizes = np.bincount(pairs.predictions, minlength=count)
    begin = np.cumsum(sizes) - sizes
    first = pairs.people[np.minimum(begin, max(0, len(oks) - 1))] if len(oks) else begin
    # Images with as many people are taken together: [I] predictions of a rank, [I, G] people.
    for size in np.unique(sizes[sizes > 0]):
        mine = np.flatnonzero(sizes == size)
        _, image, ranks = np.unique(first[mine], return_inverse=True, return_counts=True)
        persons = np.unique(first[mine])[:, None] + np.arange(size)
        rank = np.arange(len(mine)) - (np.cumsum(ranks) - ranks)[image]
        free = np.ones((*shape[:2], *persons.shape), bool)
        for turn in range(rank.max() + 1):
            rows, which = mine[rank == turn], image[rank == turn]
            alike = oks[begin[rows, None] + np.arange(size)]
            _take(matched, rows, persons[which], alike, free, which, people, hidden, least)
    return matched


def _take(
    matched: Matched,
    rows: Numbers,
    persons: Numbers,
    alike: Floats,
    free: NDArray[np.bool_],
    which: Numbers,
    people: People,
    hidden: NDArray[np.bool_],
    least: Floats,
) -> None:
    """Let one prediction of each image take somebody; `free` is who is left, `[A, T, I, G]`."""
    near = alike >= np.minimum(least, _SURELY)[:, None, None]
    open_to = free[:, :, which] & near
    asked = ~hidden[:, None, persons]
    wanted = open_to & asked
    some = np.asarray(wanted.any(axis=-1))
    left = np.where(some[..., None], wanted, open_to)
    best = np.where(left, alike, -1.0)[..., ::-1].argmax(axis=-1)
    best = persons.shape[1] - 1 - best
    taken = np.asarray(left.any(axis=-1))
    of = persons[np.arange(len(rows)), best]
    matched.people[..., rows] = np.where(taken, of, NOBODY)
    matched.ignored[..., rows] = taken & ~some
    area, level, place = np.nonzero(taken & ~people.crowds[of])
    free[area, level, which[place], best[area, level, place]] = False
