"""Error repair: AP as it would be without some kinds of errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hyperpose_coco.error_split.kinds import KINDS, similarity
from hyperpose_coco.error_split.matches import Matches
from hyperpose_coco.oks.matching import NOBODY
from hyperpose_coco.oks.people import Floats, Predictions, chosen
from hyperpose_coco.oks.precision import curves, mean
from hyperpose_coco.oks.similarity import Pairs, blocks


def average_precision(matches: Matches, corrected: frozenset[str]) -> float:
    """Return COCO's AP over all areas with the errors corrected; -1 where nobody is to be found.

    Args:
        corrected: names from `error_split.ORDER`. A kind of keypoint error: such points are moved
            (`kinds.Diagnoses`). `score`: each prediction gets the score that ranks best, its
            OKS. `duplicate`, `background`: such predictions are left out. `not found`: such people
            are left out.
    """
    people = matches.people
    if "not found" in corrected:
        people = chosen(people, ~matches.not_found)
    return mean(curves(people, repaired(matches, corrected), matches.sigmas).precision)


def repaired(matches: Matches, corrected: frozenset[str]) -> Predictions:
    """Return the predictions with the errors corrected."""
    wrong = [KINDS.index(kind) for kind in KINDS[1:] if kind in corrected]
    moves = np.isin(matches.kinds, wrong)[..., None]
    found = replace(matches.found, points=np.where(moves, matches.corrected, matches.found.points))
    if "score" in corrected:
        found = replace(found, scores=_own_oks(matches, found.points))
    stays = np.ones(len(found.scores), bool)
    if "duplicate" in corrected:
        stays &= ~matches.duplicates
    if "background" in corrected:
        stays &= ~matches.background
    return chosen(found, stays).ranked()


def _own_oks(matches: Matches, points: Floats) -> Floats:
    """Return the OKS of each prediction with the person that it is matched to, else 0."""
    people, sigmas = matches.people, np.asarray(matches.sigmas, float)
    rows = np.flatnonzero(matches.owners != NOBODY)
    pairs = Pairs(rows, matches.owners[rows])
    result = np.zeros(len(points))
    for block, columns in blocks(pairs, people):
        of, persons = pairs.predictions[block], pairs.people[block]
        ks = similarity(points[of], people.points[persons], people.areas[persons], sigmas)
        result[of] = np.take_along_axis(ks, columns, axis=1).mean(axis=1)
    return result
