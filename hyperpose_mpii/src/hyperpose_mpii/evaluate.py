"""Evaluation of people: AP of joints, and PCKh of the predictions matched to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hyperpose_core.data.humans import Human
from hyperpose_core.errors import InputError
from hyperpose_mpii.average_precision import THRESHOLD, JointDetections
from hyperpose_mpii.joints import GROUPS, PEOPLE_GROUPS, SCORED, by_group, plain_mean
from hyperpose_mpii.meta import MPIIMeta
from hyperpose_mpii.people import JOINTS
from hyperpose_scores import pck


def evaluate_people(
    samples: Sequence[MPIIMeta], humans: Mapping[int | str, Sequence[Human]]
) -> dict[str, float]:
    """Score predictions on images; one without predictions is one in which nobody was found.

    Returns:
        in percent, `mAP` and `AP_<group>`, and `PCKh`, `PCKh_<group>`, `PCKh_weighted` and `AUC`
        of the predictions that fit each person best; `people_protocol` says how. -1 where
        nothing is annotated, as COCO's evaluation has it.

    Raises:
        InputError: a person has not MPII's 16 joints.
    """
    detections = JointDetections(JOINTS)
    errors, lengths = [np.zeros((0, JOINTS))], [np.zeros(0)]
    for sample in samples:
        people = [human for human in humans.get(sample.image_id, ()) if human.found.any()]
        points = [_joints(human) for human in people]
        sizes = pck.head_sizes(sample.head_boxes)
        known = sizes > 0
        truth, sizes = sample.keypoints[known], sizes[known]
        # People without a head size cannot be scored: what is found there counts neither way.
        unscored = np.concatenate([sample.hidden, sample.boxes[~known]])
        detections.add(points, [human.score for human in people], truth, sizes, unscored)
        errors.append(pck.point_errors(pck.matched_keypoints(points, truth, sizes), truth))
        lengths.append(sizes)
    return _numbers(detections, np.concatenate(errors), np.concatenate(lengths))


def _joints(human: Human) -> Any:
    if human.keypoints.shape != (JOINTS, 3):
        raise InputError(
            f"a predicted person has keypoints of shape {human.keypoints.shape}: MPII scores "
            f"people with its {JOINTS} joints, ({JOINTS}, 3)"
        )
    return human.keypoints


def _numbers(
    detections: JointDetections, errors: pck.Floats, lengths: pck.Floats
) -> dict[str, float]:
    precision = detections.average_precision()
    rates = pck.pck(errors, lengths, THRESHOLD)
    precisions = by_group(precision, PEOPLE_GROUPS)
    found = by_group(rates.by_joint, GROUPS)
    numbers = {
        "mAP": plain_mean(precision[list(SCORED)]),
        **{f"AP_{name}": value for name, value in precisions.items()},
        "PCKh": rates.mean(SCORED),
        **{f"PCKh_{name}": value for name, value in found.items()},
        "PCKh_weighted": rates.weighted_mean(SCORED),
        "AUC": plain_mean(pck.auc(errors, lengths)[list(SCORED)]),
    }
    return {name: -1.0 if np.isnan(value) else value for name, value in numbers.items()}


def people_protocol() -> dict[str, Any]:
    """Return what makes the numbers of `evaluate_people` comparable."""
    return {
        "unit": "percent",
        "threshold": f"{THRESHOLD} head sizes; a head size is 0.6 diagonals of the head box",
        "mean": "plain mean over the 14 joints without pelvis and thorax; PCKh_weighted by the "
        "number of annotated joints",
        "AP": "MPII Multi-Person: matched by the share of joints within the threshold, every joint "
        "of an unmatched prediction is a false positive; on whole images; predictions on people "
        "without annotation count neither way",
        "PCKh": "of the prediction that fits each person best; who was not found counts",
        "AUC": "area under PCKh at thresholds 0 to 0.5, step 0.01, mean over the same joints",
    }
