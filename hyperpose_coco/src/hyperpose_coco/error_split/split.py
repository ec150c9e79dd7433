"""The error split: which errors cost how much AP, after Ronchi and Perona.

M. R. Ronchi and P. Perona, Benchmarking and Error Diagnosis in Multi-Instance Pose Estimation,
ICCV 2017, https://arxiv.org/abs/1707.05388. Predictions are matched to people as COCO does it, at
an OKS of 0.1. The points of those that are matched are diagnosed (`kinds`); the others are
people found where there is nobody, or found twice (the paper has both in one). Then AP is measured
again with an error corrected, each alone, and all in turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco.error_split.kinds import KINDS
from hyperpose_coco.error_split.matches import Matches, match_people
from hyperpose_coco.error_split.repair import average_precision
from hyperpose_coco.oks.people import Id, number_images, people_of, predictions_of
from hyperpose_core.errors import ConfigError

ORDER = ("miss", "swap", "inversion", "jitter", "score", "duplicate", "background", "not found")
"""The errors in the order in which they are corrected in turn: the paper's."""
UNITS = {"score": "", **dict.fromkeys(("duplicate", "background"), "predictions")}
UNITS |= {"not found": "people", **dict.fromkeys(KINDS, "keypoints")}


@dataclass(frozen=True)
class ErrorSplit:
    """What is wrong, and what it costs.

    Args:
        ap: AP as it is, over all areas; -1 where there is nobody to find.
        keypoints: by kind of `kinds.KINDS`, `[K]` counts in matched predictions.
        counts: by error of `ORDER`: keypoints, predictions or people; of `score` none.
        alone: AP if this error alone were corrected.
        so_far: AP if this error and those before it in `ORDER` were corrected. What is then still
            lacking to 1 lies in points that are good but not exact.
    """

    ap: float
    keypoints: Mapping[str, NDArray[np.int64]]
    counts: Mapping[str, int]
    alone: Mapping[str, float]
    so_far: Mapping[str, float]

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each error, then one for what is left: together 1 - AP."""
        rows, before = [], self.ap
        for error in ORDER:
            found = self.counts.get(error)
            rows.append(
                {
                    "error": error,
                    "count": found,
                    "of": UNITS[error],
                    "AP alone": self.alone[error],
                    "gain alone": self.alone[error] - self.ap,
                    "AP in turn": self.so_far[error],
                    "gain in turn": self.so_far[error] - before,
                }
            )
            before = self.so_far[error]
        rest = dict.fromkeys(rows[0]) | {"error": "inexact", "of": ""}
        return [*rows, rest | {"AP in turn": 1.0, "gain in turn": 1.0 - before}]

    def keypoint_rows(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """Return a row for each keypoint: how many of it are good, and of each kind of error."""
        return [
            {"keypoint": name, **{kind: int(self.keypoints[kind][i]) for kind in KINDS}}
            for i, name in enumerate(names)
        ]


def error_split(
    ground_truth: Iterable[Mapping[str, Any]],
    results: Iterable[Mapping[str, Any]],
    sigmas: Sequence[float],
    flip: Sequence[int],
    image_ids: Iterable[Id],
) -> ErrorSplit:
    """Split what lacks to an AP of 1 by kinds of errors.

    Args:
        ground_truth, results, sigmas, image_ids: as of `oks.evaluate_oks`.
        flip: for each keypoint the index of its mirror image, `Skeleton.flip`.

    Raises:
        ConfigError: there are no sigmas.
    """
    if not len(sigmas):
        raise ConfigError("the skeleton has no OKS sigmas: without them errors cannot be told")
    numbers = number_images(image_ids)
    people = people_of(ground_truth, numbers, len(sigmas))
    found = predictions_of(results, numbers, len(sigmas))
    matches = match_people(people, found, sigmas, flip)
    before = average_precision(matches, frozenset())
    alone, so_far = {}, {}
    reached, corrected = before, frozenset[str]()
    for error in ORDER:
        alone[error] = before
        if matches.changes(error):
            corrected |= {error}
            alone[error] = average_precision(matches, frozenset({error}))
            reached = average_precision(matches, corrected) if len(corrected) > 1 else alone[error]
        so_far[error] = reached
    return ErrorSplit(before, matches.keypoints, _counts(matches), alone, so_far)


def _counts(matches: Matches) -> dict[str, int]:
    kinds = {kind: int(matches.keypoints[kind].sum()) for kind in KINDS if kind in ORDER}
    return kinds | {
        "duplicate": int(matches.duplicates.sum()),
        "background": int(matches.background.sum()),
        "not found": int(matches.not_found.sum()),
    }
