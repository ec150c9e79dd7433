"""OKS and the error split as metrics, of any dataset's people: see `hyperpose_core.contracts`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco.error_split.split import ErrorSplit, error_split
from hyperpose_coco.form.exports import AREA_OF_BOX
from hyperpose_coco.oks.oks import evaluate_oks
from hyperpose_coco.oks.people import MOST_PEOPLE
from hyperpose_coco.oks.precision import THRESHOLDS
from hyperpose_core.contracts import Score
from hyperpose_core.data.humans import Human
from hyperpose_core.data.raw import RawSample
from hyperpose_core.skeletons import Skeleton

Entry = dict[str, Any]
Truth = Sequence[RawSample]
Found = Mapping[int | str, Sequence[Human]]


def oks(truth: Truth, found: Found, skeleton: Skeleton) -> Score:
    """Return COCO's AP and AR, as pycocotools has them.

    Raises:
        ConfigError: the skeleton has no sigmas.
    """
    metrics = evaluate_oks(to_annotations(truth), to_results(found), skeleton.sigmas, _ids(truth))
    protocol = _protocol("OKS AP and AR as pycocotools has them", truth, skeleton)
    return Score(metrics, protocol)


def errors(truth: Truth, found: Found, skeleton: Skeleton) -> Score:
    """Return AP, and in tables which errors cost how much of it.

    Raises:
        ConfigError: the skeleton has no sigmas.
    """
    people, results = to_annotations(truth), to_results(found)
    split = error_split(people, results, skeleton.sigmas, skeleton.flip, _ids(truth))
    what = "error split of Ronchi and Perona (arXiv 1707.05388)"
    return Score({"AP": split.ap}, _protocol(what, truth, skeleton), tables(split, skeleton))


def tables(split: ErrorSplit, skeleton: Skeleton) -> dict[str, list[Entry]]:
    """Return the tables of an error split; none where there is nobody to find."""
    if split.ap < 0:
        return {}
    return {
        "what lacks to AP 1": split.rows(),
        "keypoints of matched people": split.keypoint_rows(skeleton.keypoints),
    }


def to_annotations(truth: Truth) -> Iterator[Entry]:
    """Yield everybody as an annotation in COCO's form; an area that nobody gave is estimated."""
    for sample in truth:
        crowds = sample.crowds if len(sample.crowds) else np.zeros(len(sample.keypoints), bool)
        wanted = sample.wanted
        for person, area in enumerate(_areas(sample)):
            yield {
                "image_id": sample.image_id,
                "keypoints": sample.keypoints[person],
                "bbox": sample.boxes[person],
                "area": float(area),
                # What matters of it is only whether somebody is to be found.
                "num_keypoints": int(wanted[person]),
                "iscrowd": int(crowds[person]),
            }


def to_results(found: Found) -> Iterator[Entry]:
    """Yield everybody who was found as a result in COCO's form."""
    for image_id, people in found.items():
        for human in people:
            yield {
                "image_id": image_id,
                "keypoints": human.keypoints,
                "score": float(human.score),
            }


def estimated_areas(truth: Truth) -> dict[str, str]:
    """Return the line of a protocol that says how many areas are made of boxes; none: nothing."""
    wanted = [sample.wanted for sample in truth]
    count = sum(int((w & _estimated(s)).sum()) for w, s in zip(wanted, truth, strict=True))
    people = sum(int(w.sum()) for w in wanted)
    words = f"{count} of {people} people, estimated as {AREA_OF_BOX} of the box"
    return {"areas": words} if count else {}


def _areas(sample: RawSample) -> NDArray[np.float64]:
    if len(sample.areas):
        return sample.areas
    return AREA_OF_BOX * sample.boxes[:, 2:].astype(np.float64).prod(-1)


def _estimated(sample: RawSample) -> NDArray[np.bool_]:
    if len(sample.estimated):
        return sample.estimated
    return np.full(len(sample.keypoints), not len(sample.areas))


def _ids(truth: Truth) -> list[int | str]:
    return [sample.image_id for sample in truth]


def _protocol(what: str, truth: Truth, skeleton: Skeleton) -> Entry:
    return {
        "metric": what,
        "sigmas": f"of the skeleton {skeleton.name}",
        **estimated_areas(truth),
        "unit": "parts of 1",
        "OKS thresholds": f"{THRESHOLDS[0]:.2f}:0.05:{THRESHOLDS[-1]:.2f}",
        "predictions that count": f"the {MOST_PEOPLE} surest of an image",
    }
