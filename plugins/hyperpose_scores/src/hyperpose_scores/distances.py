"""PCK, PCKh, EPE and AUC, metrics of people of any dataset: see `hyperpose_core.contracts.Metric`.

Each annotated person is compared with the prediction that `pck.match_people` gives it; a person
without one counts with all of its keypoints as not found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from hyperpose_core.contracts import Score
from hyperpose_core.data.humans import Human
from hyperpose_core.data.raw import RawSample
from hyperpose_core.errors import InputError
from hyperpose_core.skeletons import Skeleton
from hyperpose_scores import pck
from hyperpose_scores.pck import Floats

Truth = Sequence[RawSample]
Found = Mapping[int | str, Sequence[Human]]
Measure = Callable[[RawSample, Skeleton], Floats]
"""Gives the `[P]` lengths, in pixels, by which errors are measured."""

HEAD = ("headtop", "upper_neck")
_BOX = "larger side of the person's box"


def score_pck(truth: Truth, found: Found, skeleton: Skeleton, threshold: float = 0.2) -> Score:
    """Return PCK at `threshold` of the larger side of the person's box, in percent."""
    errors, lengths = _matched(truth, found, skeleton, _box_lengths, _positive(threshold))
    return _pck("PCK", threshold, _BOX, errors, lengths, skeleton)


def score_pckh(truth: Truth, found: Found, skeleton: Skeleton, threshold: float = 0.5) -> Score:
    """Return PCKh at `threshold` of the distance between head top and upper neck, in percent.

    Raises:
        InputError: the skeleton lacks one of the two.
    """
    if not set(HEAD) <= set(skeleton.keypoints):
        raise InputError(
            f"PCKh needs the size of the head, and the skeleton {skeleton.name!r} has no "
            f"{' and '.join(HEAD)}: use --metric pck, which measures by the person's box"
        )
    errors, lengths = _matched(truth, found, skeleton, _head_lengths, _positive(threshold))
    unit = "distance between head top and upper neck; people without are left out"
    return _pck("PCKh", threshold, unit, errors, lengths, skeleton)


def score_epe(truth: Truth, found: Found, skeleton: Skeleton, threshold: float = 0.2) -> Score:
    """Return the mean distance of found keypoints in pixels, and how many were found, percent.

    Args:
        threshold: people are matched by what lies within this part of the person's box.
    """
    errors, _ = _matched(truth, found, skeleton, _box_lengths, _positive(threshold))
    annotated = int((~np.isnan(errors)).sum())
    there = int(np.isfinite(errors).sum())
    share = 100.0 * there / annotated if annotated else float("nan")
    what = {"metric": "EPE, mean distance of the keypoints that were found", "unit": "pixels"}
    what |= {"found": "percent", "threshold": f"{threshold:g} of the {_BOX}, to match people"}
    return Score({"EPE": pck.epe(errors), "found": share}, {**what, **_MATCHING})


def score_auc(truth: Truth, found: Found, skeleton: Skeleton, largest: float = 0.2) -> Score:
    """Return the area under PCK over thresholds from 0 to `largest` of the person's box, percent.

    The thresholds are 0.01 apart, so `largest` is a multiple of that.
    """
    errors, lengths = _matched(truth, found, skeleton, _box_lengths, _positive(largest))
    by_joint = pck.auc(errors, lengths, largest=largest)
    known = by_joint[np.isfinite(by_joint)]
    mean = float(known.mean()) if len(known) else float("nan")
    pairs = zip(skeleton.keypoints, by_joint, strict=True)
    rows = [{"keypoint": n, "AUC": float(v)} for n, v in pairs]
    what = {"metric": f"AUC of PCK, thresholds 0 to {largest:g}", "unit": "percent"}
    what |= {"length": _BOX, **_MEAN}
    return Score({"AUC": mean}, {**what, **_MATCHING}, {"by keypoint": rows})


def _positive(threshold: float) -> float:
    """Return a threshold; InputError for one below 0.01, the step of AUC."""
    if threshold < 0.01:
        raise InputError(f"a threshold must be 0.01 or more, in lengths of the person: {threshold}")
    return threshold


def _pck(
    name: str, threshold: float, unit: str, errors: Floats, lengths: Floats, skeleton: Skeleton
) -> Score:
    counts = pck.pck(errors, lengths, threshold)
    title = f"{name}@{threshold:g}"
    metrics = {title: counts.mean(), f"{title} weighted": counts.weighted_mean()}
    by_joint = zip(skeleton.keypoints, counts.by_joint, counts.annotated, strict=True)
    rows = [{"keypoint": n, title: float(v), "annotated": int(c)} for n, v, c in by_joint]
    what = {"metric": title, "unit": "percent", "length": unit, **_MEAN}
    return Score(metrics, {**what, **_MATCHING}, {"by keypoint": rows})


def _matched(
    truth: Truth, found: Found, skeleton: Skeleton, measure: Measure, threshold: float
) -> tuple[Floats, Floats]:
    """Return the errors `[P, K]` and lengths `[P]` of everybody who is to be found."""
    errors, lengths = [np.zeros((0, len(skeleton)))], [np.zeros(0)]
    for sample in truth:
        people = np.flatnonzero(sample.wanted)
        if len(people):
            points = np.asarray(sample.keypoints[people], float)
            lengths.append(measure(sample, skeleton)[people])
            predicted = [human.keypoints for human in found.get(sample.image_id, ())]
            nearest = pck.matched_keypoints(predicted, points, lengths[-1], threshold)
            errors.append(pck.point_errors(nearest, points))
    return np.concatenate(errors), np.concatenate(lengths)


def _box_lengths(sample: RawSample, skeleton: Skeleton) -> Floats:
    return pck.box_sizes(sample.boxes)


def _head_lengths(sample: RawSample, skeleton: Skeleton) -> Floats:
    top, neck = (np.asarray(sample.keypoints[:, skeleton.index(name)], float) for name in HEAD)
    both = (top[:, 2] > 0) & (neck[:, 2] > 0)
    return np.where(both, np.hypot(*(top - neck)[:, :2].T), 0.0)


_MEAN = {"mean": "plain mean over keypoints; weighted: by how many are annotated"}
_MATCHING: dict[str, Any] = {
    "people without a prediction": "count as not found",
    "matching": "each person to one prediction, the one with most keypoints within the threshold",
}
