"""PCK, PCKh, EPE and AUC of results in COCO's form.

Each annotated person is compared with the prediction that `pck.match_people` gives it; a person
without one counts with all of its keypoints as not found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco.form.annotations import Annotations, Entry
from hyperpose_core.contracts import Score
from hyperpose_core.errors import InputError
from hyperpose_core.skeletons import Skeleton
from hyperpose_scores import pck

Floats = NDArray[np.float64]

PCK_THRESHOLD, PCKH_THRESHOLD = 0.2, 0.5
HEAD = ("headtop", "upper_neck")
_BOX = "larger side of the person's box"


def score_pck(
    truth: Annotations, results: Sequence[Entry], skeleton: Skeleton, protocol: Mapping[str, Any]
) -> Score:
    """Return PCK at 0.2 of the larger side of the person's box, in percent."""
    errors, lengths = _matched(truth, results, skeleton, _box_lengths, PCK_THRESHOLD)
    return _pck("PCK", PCK_THRESHOLD, _BOX, errors, lengths, skeleton, protocol)


def score_pckh(
    truth: Annotations, results: Sequence[Entry], skeleton: Skeleton, protocol: Mapping[str, Any]
) -> Score:
    """Return PCKh at 0.5 of the distance between head top and upper neck, in percent.

    Raises:
        InputError: the skeleton lacks one of the two.
    """
    if not set(HEAD) <= set(skeleton.keypoints):
        raise InputError(
            f"PCKh needs the size of the head, and the skeleton {skeleton.name!r} has no "
            f"{' and '.join(HEAD)}: use --metric pck, which measures by the person's box"
        )
    errors, lengths = _matched(truth, results, skeleton, _head_lengths, PCKH_THRESHOLD)
    unit = "distance between head top and upper neck; people without are left out"
    return _pck("PCKh", PCKH_THRESHOLD, unit, errors, lengths, skeleton, protocol)


def score_epe(
    truth: Annotations, results: Sequence[Entry], skeleton: Skeleton, protocol: Mapping[str, Any]
) -> Score:
    """Return the mean distance of found keypoints in pixels, and how many were found, percent."""
    errors, _ = _matched(truth, results, skeleton, _box_lengths, PCK_THRESHOLD)
    annotated = int((~np.isnan(errors)).sum())
    found = int(np.isfinite(errors).sum())
    share = 100.0 * found / annotated if annotated else float("nan")
    what = {"metric": "EPE, mean distance of the keypoints that were found", "unit": "pixels"}
    what |= {"found": "percent", "threshold": f"{PCK_THRESHOLD} of the {_BOX}, to match people"}
    return Score({"EPE": pck.epe(errors), "found": share}, {**what, **protocol, **_MATCHING})


def score_auc(
    truth: Annotations, results: Sequence[Entry], skeleton: Skeleton, protocol: Mapping[str, Any]
) -> Score:
    """Return the area under PCK over thresholds from 0 to 0.2 of the person's box, percent."""
    errors, lengths = _matched(truth, results, skeleton, _box_lengths, PCK_THRESHOLD)
    by_joint = pck.auc(errors, lengths, largest=PCK_THRESHOLD)
    known = by_joint[np.isfinite(by_joint)]
    mean = float(known.mean()) if len(known) else float("nan")
    pairs = zip(skeleton.keypoints, by_joint, strict=True)
    rows = [{"keypoint": n, "AUC": float(v)} for n, v in pairs]
    what = {"metric": f"AUC of PCK, thresholds 0 to {PCK_THRESHOLD}", "unit": "percent"}
    what |= {"length": _BOX, **_MEAN}
    return Score({"AUC": mean}, {**what, **protocol, **_MATCHING}, {"by keypoint": rows})


def _pck(
    name: str,
    threshold: float,
    unit: str,
    errors: Floats,
    lengths: Floats,
    skeleton: Skeleton,
    protocol: Mapping[str, Any],
) -> Score:
    counts = pck.pck(errors, lengths, threshold)
    title = f"{name}@{threshold:g}"
    metrics = {title: counts.mean(), f"{title} weighted": counts.weighted_mean()}
    by_joint = zip(skeleton.keypoints, counts.by_joint, counts.annotated, strict=True)
    rows = [{"keypoint": n, title: float(v), "annotated": int(c)} for n, v, c in by_joint]
    what = {"metric": title, "unit": "percent", "length": unit, **_MEAN}
    return Score(metrics, {**what, **protocol, **_MATCHING}, {"by keypoint": rows})


def _matched(
    truth: Annotations,
    results: Sequence[Entry],
    skeleton: Skeleton,
    measure: Callable[[list[Entry], Skeleton], Floats],
    threshold: float,
) -> tuple[Floats, Floats]:
    """Return the errors `[P, K]` and lengths `[P]` of everybody who is annotated."""
    found: dict[int | str, list[Floats]] = defaultdict(list)
    for result in results:
        found[result["image_id"]].append(_points(result))
    errors, lengths = [np.zeros((0, len(skeleton)))], [np.zeros(0)]
    for image, entries in truth.people.items():
        people = [p for p in entries if p["num_keypoints"] > 0 and not p["iscrowd"]]
        if people:
            points = np.array([p["keypoints"] for p in people], float)
            lengths.append(measure(people, skeleton))
            nearest = pck.matched_keypoints(found[image], points, lengths[-1], threshold)
            errors.append(pck.point_errors(nearest, points))
    return np.concatenate(errors), np.concatenate(lengths)


def _points(result: Entry) -> Floats:
    """Return `[K, 3]`; a file whose third numbers are all 0 does not use them."""
    points = np.reshape(result["keypoints"], (-1, 3)).astype(float)
    return points if (points[:, 2] > 0).any() else points[:, :2]


def _box_lengths(people: list[Entry], skeleton: Skeleton) -> Floats:
    return pck.box_sizes(np.array([p["bbox"] for p in people], float))


def _head_lengths(people: list[Entry], skeleton: Skeleton) -> Floats:
    top, neck = (
        np.array([p["keypoints"][skeleton.index(name)] for p in people], float) for name in HEAD
    )
    both = (top[:, 2] > 0) & (neck[:, 2] > 0)
    return np.where(both, np.hypot(*(top - neck)[:, :2].T), 0.0)


_MEAN = {"mean": "plain mean over keypoints; weighted: by how many are annotated"}
_MATCHING = {
    "people without a prediction": "count as not found",
    "matching": "each person to one prediction, the one with most keypoints within the threshold",
}
DISTANCES: dict[str, Callable[..., Score]] = {
    "pck": score_pck,
    "pckh": score_pckh,
    "epe": score_epe,
    "auc": score_auc,
}
