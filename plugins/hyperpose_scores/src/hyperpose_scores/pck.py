"""PCK, PCKh, EPE and AUC: how far predicted keypoints lie from the true ones.

PCK (Yang and Ramanan, 2013) is the share of annotated keypoints that are predicted within a part
of a length of the body: the larger side of the person's box, or for PCKh (Andriluka and others,
2014) the size of the head. Every annotated keypoint counts, also one that was not predicted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HEAD_FACTOR = 0.6
"""MPII's head size is this part of the diagonal of the head box."""
MATCH_THRESHOLD = 0.5


def head_sizes(head_boxes: NDArray[Any]) -> Floats:
    """Return the `[P]` head sizes of head boxes `[P, 4]`, x, y, width, height: 0.6 diagonals."""
    boxes = np.asarray(head_boxes, float).reshape(-1, 4)
    return HEAD_FACTOR * np.hypot(boxes[:, 2], boxes[:, 3])


def box_sizes(boxes: NDArray[Any]) -> Floats:
    """Return the `[P]` larger sides of boxes `[P, 4]`, x, y, width, height."""
    return np.asarray(boxes, float).reshape(-1, 4)[:, 2:].max(axis=1)


def point_errors(predicted: NDArray[Any], truth: NDArray[Any]) -> Floats:
    """Return the `[P, K]` distances of predicted keypoints from the true ones, in pixels.

    Args:
        predicted: `[P, K, 2]`, or `[P, K, 3]` with a score, where 0 or less is not found.
        truth: `[P, K, 3]` with the visibility, where 0 is not annotated.

    Returns:
        NaN where nothing is annotated, infinity where an annotated point was not found.
    """
    predicted, truth = np.asarray(predicted, float), np.asarray(truth, float)
    lost = ~np.isfinite(predicted[..., :2]).all(axis=-1)
    if predicted.shape[-1] > 2:
        lost |= ~(predicted[..., 2] > 0)
    with np.errstate(invalid="ignore", over="ignore"):
        away = np.hypot(*np.moveaxis(predicted[..., :2] - truth[..., :2], -1, 0))
    away = np.where(lost, np.inf, away)
    return np.where(truth[..., 2] > 0, away, np.nan)


@dataclass(frozen=True)
class Pck:
    """How many keypoints were found at one threshold.

    Args:
        correct: `[K]`, keypoints within the threshold.
        annotated: `[K]`, keypoints that there are to find.
    """

    correct: NDArray[np.int64]
    annotated: NDArray[np.int64]

    @property
    def by_joint(self) -> Floats:
        """`[K]` in percent; NaN where nothing is annotated."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return 100.0 * self.correct / self.annotated

    def mean(self, joints: Sequence[int] | None = None) -> float:
        """Return the plain mean over joints that are annotated at all, percent; NaN for none."""
        rates = self.by_joint if joints is None else self.by_joint[list(joints)]
        rates = rates[np.isfinite(rates)]
        return float(rates.mean()) if len(rates) else float("nan")

    def weighted_mean(self, joints: Sequence[int] | None = None) -> float:
        """Return the share of all annotated points of the joints, percent; NaN for none."""
        chosen = slice(None) if joints is None else list(joints)
        annotated = int(self.annotated[chosen].sum())
        return 100.0 * int(self.correct[chosen].sum()) / annotated if annotated else float("nan")


def pck(errors: NDArray[Any], lengths: NDArray[Any], threshold: float) -> Pck:
    """Count the keypoints within `threshold` lengths, the threshold itself included.

    Args:
        errors: `[P, K]` of `point_errors`, pixels.
        lengths: `[P]` of `head_sizes` (PCKh) or `box_sizes` (PCK), pixels. People whose length is
            not positive are left out: there is nothing to measure them by.
    """
    errors, lengths = np.asarray(errors, float), np.asarray(lengths, float)
    errors = errors[lengths > 0]
    with np.errstate(invalid="ignore", over="ignore"):
        near = errors <= threshold * lengths[lengths > 0][:, None]
    return Pck(near.sum(axis=0), (~np.isnan(errors)).sum(axis=0))


def auc(
    errors: NDArray[Any], lengths: NDArray[Any], largest: float = 0.5, step: float = 0.01
) -> Floats:
    """Return by joint, `[K]` in percent, the area under PCK from threshold 0 to `largest`.

    By the trapezoidal rule over thresholds `step` apart, divided by `largest`, as MPII's own
    evaluation does it; NaN where nothing is annotated.
    """
    thresholds = np.linspace(0.0, largest, round(largest / step) + 1)
    curve = np.stack([pck(errors, lengths, t).by_joint for t in thresholds])
    return ((curve[1:] + curve[:-1]) / 2).mean(axis=0)


def epe(errors: NDArray[Any]) -> float:
    """Return the mean distance in pixels of the annotated points that were found; NaN for none.

    Points that were not found have no distance: quote it with PCK, which counts them.
    """
    found = np.asarray(errors, float)
    found = found[np.isfinite(found)]
    return float(found.mean()) if len(found) else float("nan")


def match_people(
    predicted: Sequence[NDArray[Any]],
    truth: NDArray[Any],
    lengths: NDArray[Any],
    threshold: float = MATCH_THRESHOLD,
) -> NDArray[np.int64]:
    """Match predictions of one image to its people, each to one at most.

    The pair with the largest share of the person's annotated keypoints within `threshold` lengths
    is matched first; of equals the one with the smaller mean distance, in lengths, and of equals
    among these the person with more keypoints.

    Args:
        predicted: N arrays `[K, 2]` or `[K, 3]`, as in `point_errors`.
        truth: `[P, K, 3]`.
        lengths: `[P]`, pixels.

    Returns:
        `[P]`: the index of each person's prediction, -1 where nothing of it was found.
    """
    matched = np.full(len(truth), -1, np.int64)
    ranked = sorted(
        (_unlikeness(points, truth[p], lengths[p], threshold), p, n)
        for p in range(len(truth))
        for n, points in enumerate(predicted)
    )
    taken: set[int] = set()
    for (missed, distance, _), p, n in ranked:
        possible = missed < 1 or distance < 2 * threshold
        if possible and matched[p] < 0 and n not in taken:
            matched[p] = n
            taken.add(n)
    return matched


def matched_keypoints(
    predicted: Sequence[NDArray[Any]],
    truth: NDArray[Any],
    lengths: NDArray[Any],
    threshold: float = MATCH_THRESHOLD,
) -> Floats:
    """Return `[P, K, 3]`: for each true person the prediction of `match_people`, else zeros."""
    truth = np.asarray(truth, float)
    result = np.zeros(truth.shape)
    for p, n in enumerate(match_people(predicted, truth, lengths, threshold)):
        if n >= 0:
            points = np.asarray(predicted[n], float)
            result[p, :, 2] = 1.0
            result[p, :, : points.shape[1]] = points
    return result


def _unlikeness(
    points: NDArray[Any], truth: NDArray[Any], length: float, threshold: float
) -> tuple[float, float, int]:
    """Return the share of points missed, the mean distance, at most 2 thresholds each, and the
    number of points less than none.
    """
    errors = point_errors(np.asarray(points)[None], np.asarray(truth)[None])[0]
    errors = errors[~np.isnan(errors)]
    if not len(errors) or not length > 0:
        return 1.0, 2 * threshold, 0
    parts = errors / length
    distance = float(np.minimum(parts, 2 * threshold).mean())
    return float((parts > threshold).mean()), distance, -len(parts)
