"""Error repair: AP as it would be without some kinds of errors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco.error_split.kinds import KINDS, People, similarity
from hyperpose_coco.error_split.matches import Matches
from hyperpose_coco.oks.coco_eval import THRESHOLDS, Entry, make_quick_run, quiet, with_area


def average_precision(matches: Matches, corrected: frozenset[str]) -> float:
    """Return COCO's AP over all areas with the errors corrected; -1 where nobody is to be found.

    Args:
        corrected: names from `error_split.ORDER`. A kind of keypoint error: such points are moved
            (`error_kinds.Diagnosis`). `score`: each prediction gets the score that ranks best, its
            OKS. `duplicate`, `background`: such predictions are left out. `not found`: such people
            are left out.
    """
    truth = matches.truth
    if "not found" in corrected:
        truth = [person for person in truth if person["id"] not in matches.not_found]
    found = repaired(matches, corrected)
    run = make_quick_run(truth, found, matches.sigmas, matches.images, THRESHOLDS)
    with quiet():
        run.evaluate()
        run.accumulate()
    precision = run.eval["precision"]
    precision = precision[precision > -1]
    return float(precision.mean()) if precision.size else -1.0


def repaired(matches: Matches, corrected: frozenset[str]) -> list[Entry]:
    """Return the predictions with the errors corrected."""
    gone = matches.duplicates if "duplicate" in corrected else set()
    gone = gone | (matches.background if "background" in corrected else set())
    left = [_moved(matches, entry, corrected) for entry in matches.found if entry["id"] not in gone]
    if "score" in corrected:
        people = {person["id"]: person for person in matches.truth}
        left = [{**entry, "score": _oks(matches, entry, people)} for entry in left]
    return with_area(left)


def _moved(matches: Matches, entry: Entry, corrected: frozenset[str]) -> Entry:
    diagnosis = matches.diagnoses.get(entry["id"])
    wrong = [KINDS.index(kind) for kind in KINDS[1:] if kind in corrected]
    if diagnosis is None or not wrong:
        return entry
    points = np.reshape(entry["keypoints"], (-1, 3)).astype(float)
    chosen = np.isin(diagnosis.kinds, wrong)
    points[chosen, :2] = diagnosis.corrected[chosen]
    return {**entry, "keypoints": points.ravel().tolist()}


def _oks(matches: Matches, entry: Entry, people: dict[int, Any]) -> float:
    """Return the OKS of a prediction with the person that it is matched to, else 0."""
    if entry["id"] not in matches.people:
        return 0.0
    person = people[matches.people[entry["id"]]]
    truth = np.reshape(person["keypoints"], (1, -1, 3)).astype(float)
    points = np.reshape(entry["keypoints"], (-1, 3))[:, :2]
    sigmas: NDArray[np.float64] = np.asarray(matches.sigmas, float)
    ks = similarity(points, People(truth, np.array([person["area"]], float)), sigmas)[0]
    return float(ks[ks >= 0].mean())
