"""Error matches: which prediction is of which person, and what is wrong with each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco.error_split.kinds import KINDS, NEAR, Diagnoses, diagnose, similarity
from hyperpose_coco.oks.matching import NOBODY, match
from hyperpose_coco.oks.people import Floats, Numbers, People, Predictions
from hyperpose_coco.oks.precision import THRESHOLDS
from hyperpose_coco.oks.similarity import Pairs, blocks, pairs_of, similarities

LEAST_OKS = 0.1
"""A prediction with a smaller OKS is of nobody."""
_AT_ONCE = 4096
"""Predictions whose images are in memory together with everybody in them."""
Which = NDArray[np.bool_]


@dataclass
class Matches:
    """The predictions of a data set against its people.

    Args:
        sigmas: `[K]`.
        owners: `[N]`, the person that each prediction is matched to, or `NOBODY`.
        kinds, corrected: `[N, K]` and `[N, K, 2]`, as `kinds.Diagnoses`; -1 without one.
        duplicates: `[N]` bool, predictions of somebody whom another prediction is matched to.
        background: `[N]` bool, predictions of nobody.
        not_found: `[P]` bool, people who count, without a prediction.
    """

    people: People
    found: Predictions
    sigmas: Sequence[float]
    owners: Numbers
    kinds: Numbers
    corrected: Floats
    duplicates: Which
    background: Which
    not_found: Which

    @property
    def keypoints(self) -> dict[str, Numbers]:
        """By kind of `kinds.KINDS`, `[K]` counts in matched predictions."""
        return {kind: (self.kinds == n).sum(axis=0) for n, kind in enumerate(KINDS)}

    def changes(self, error: str) -> bool:
        """Say whether there is anything to correct."""
        if error in KINDS:
            return bool(self.keypoints[error].any())
        people = {"duplicate": self.duplicates, "background": self.background}
        people["not found"] = self.not_found
        return error == "score" or bool(people[error].any())


def match_people(
    people: People, found: Predictions, sigmas: Sequence[float], flip: Sequence[int]
) -> Matches:
    """Match predictions to people by COCO's greedy rule at `LEAST_OKS`, and diagnose them.

    Who is then left over is matched where left and right are exchanged, at an OKS of 0.5 in which
    mirrored points count: the paper takes such people as not found, and as found on nobody.
    """
    matches = _matched(people, found, sigmas)
    for prediction, person in list(_mirrored(matches, flip)):
        matches.owners[prediction] = person
        matches.duplicates[prediction] = matches.background[prediction] = False
        matches.not_found[person] = False
    rows = np.flatnonzero(matches.owners != NOBODY)
    for begin in range(0, len(rows), _AT_ONCE):
        some = rows[begin : begin + _AT_ONCE]
        result = _diagnosed(matches, some, flip)
        matches.kinds[some], matches.corrected[some] = result.kinds, result.corrected
    return matches


def _matched(people: People, found: Predictions, sigmas: Sequence[float]) -> Matches:
    count = len(found.scores)
    pairs = pairs_of(found.images, people.images)
    oks = similarities(pairs, found, people, sigmas)
    hidden, least = ~people.wanted[np.newaxis], np.array([LEAST_OKS])
    matched = match(pairs, oks, count, people, hidden, least)
    owners, ignored = matched.people[0, 0], matched.ignored[0, 0]
    # COCO leaves out what lies in a crowd; beyond the lowest threshold it counts as wrong.
    inside = np.zeros(count, bool)
    its_own = (pairs.people == owners[pairs.predictions]) & (oks >= THRESHOLDS[0])
    inside[pairs.predictions[its_own]] = True
    near = np.zeros(count, bool)
    near[pairs.predictions[people.wanted[pairs.people] & (oks >= LEAST_OKS)]] = True
    owners = np.where(ignored, NOBODY, owners)
    over = (owners == NOBODY) & ~(ignored & inside)
    not_found = people.wanted.copy()
    not_found[owners[owners != NOBODY]] = False
    shape = (count, len(sigmas))
    return Matches(
        people,
        found,
        sigmas,
        owners=owners,
        kinds=np.full(shape, -1),
        corrected=np.zeros((*shape, 2)),
        duplicates=over & near,
        background=over & ~near,
        not_found=not_found,
    )


def _mirrored(matches: Matches, flip: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield predictions that are left over with people who have left and right exchanged in them.

    Their OKS can be as low as that of a prediction of nobody: only the nose is in its place. The
    surest prediction of an image takes the person that it is most alike, then the next one does.
    """
    people, found, sigmas = matches.people, matches.found, np.asarray(matches.sigmas, float)
    left, free = (
        np.flatnonzero(which)
        for which in (matches.duplicates | matches.background, matches.not_found)
    )
    pairs = pairs_of(found.images[left], people.images[free])
    pairs = Pairs(left[pairs.predictions], free[pairs.people])
    oks = np.zeros(len(pairs.people))
    for block, columns in blocks(pairs, people):
        persons = pairs.people[block]
        given = found.points[pairs.predictions[block]], people.areas[persons], sigmas
        sides = (people.points[persons], people.points[persons][:, list(flip)])
        ks = np.maximum(*(similarity(given[0], side, *given[1:]) for side in sides))
        oks[block] = np.take_along_axis(ks, columns, axis=1).sum(axis=1) / max(1, columns.shape[1])
    taken: set[int] = set()
    done: set[int] = set()
    for n in np.lexsort((-oks, pairs.predictions)).tolist():
        prediction, person = int(pairs.predictions[n]), int(pairs.people[n])
        if oks[n] >= NEAR and prediction not in done and person not in taken:
            done.add(prediction)
            taken.add(person)
            yield prediction, person


def _diagnosed(matches: Matches, rows: Numbers, flip: Sequence[int]) -> Diagnoses:
    people, found, owners = matches.people, matches.found, matches.owners[rows]
    pairs = pairs_of(found.images[rows], people.images)
    other = pairs.people != owners[pairs.predictions]
    of, persons = pairs.predictions[other], pairs.people[other]
    own = people.points[owners], people.areas[owners]
    strangers = of, people.points[persons], people.areas[persons]
    return diagnose(found.points[rows], own, strangers, matches.sigmas, flip)
