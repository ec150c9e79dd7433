"""OKS: COCO's average precision and recall of keypoints, by pycocotools itself.

The protocol is at https://cocodataset.org/#keypoints-eval.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.errors import ConfigError
from hyperpose_core.humans import Human
from hyperpose_core.skeletons import Skeleton

METRICS = ("AP", "AP50", "AP75", "APm", "APl", "AR", "AR50", "AR75", "ARm", "ARl")
Id = int | str


def evaluate_oks(
    ground_truth: Iterable[Mapping[str, Any]],
    results: Iterable[Mapping[str, Any]],
    sigmas: Sequence[float],
    image_ids: Iterable[Id],
) -> dict[str, float]:
    """Score results over all images asked for, also those without a result.

    Args:
        ground_truth: annotations in COCO's form: `image_id`, `keypoints`, `bbox`, `area`,
            `num_keypoints`, `iscrowd`; those of other images are left out.
        results: `image_id`, `keypoints` (3 K numbers), `score`, as `humans_to_results` makes them.
        sigmas: K of them, `Skeleton.sigmas`.
        image_ids: the images of the split.

    Returns:
        `METRICS` by name, in [0, 1]; -1 where there is nobody to find, as pycocotools has it.

    Raises:
        ConfigError: there are no sigmas.
    """
    if not len(sigmas):
        raise ConfigError("the skeleton has no OKS sigmas: without them people cannot be scored")
    numbers = {name: i for i, name in enumerate(_in_order(image_ids), start=1)}
    truth = [_plain(a, numbers) for a in ground_truth if a["image_id"] in numbers]
    found = [_plain(r, numbers) for r in results if r["image_id"] in numbers]
    with contextlib.redirect_stdout(io.StringIO()):
        stats = _official(truth, found, sigmas, list(numbers.values()))
    return dict(zip(METRICS, (float(v) for v in stats), strict=True))


def humans_to_results(
    humans: Mapping[Id, Sequence[Human]], skeleton: Skeleton
) -> list[dict[str, Any]]:
    """Write people, by image id, as a COCO results list.

    COCO scores x and y of every annotated point, found or not, and takes the extent of all points
    as the person's area. So points that were not found, third number 0, are put at the middle of
    those that were: at (0, 0) they would make each person as large as its way to the corner.
    """
    return [
        {
            "image_id": image_id,
            "category_id": 1,
            "keypoints": _filled(human.keypoints),
            "score": float(human.score),
        }
        for image_id, people in humans.items()
        for human in people
        if human.keypoints.shape == (len(skeleton), 3) and human.found.any()
    ]


def _filled(keypoints: NDArray[np.float32]) -> list[float]:
    points = np.array(keypoints, np.float64)
    found = points[:, 2] > 0
    points[~found, :2] = points[found, :2].mean(axis=0)
    points[~found, 2] = 0
    return [round(float(v), 3) for v in points.ravel()]


def _in_order(image_ids: Iterable[Id]) -> list[Id]:
    return sorted(set(image_ids), key=lambda name: (isinstance(name, str), name))


def _plain(entry: Mapping[str, Any], numbers: Mapping[Id, int]) -> dict[str, Any]:
    """Copy an entry with the number of its image: pycocotools compares and sorts them."""
    points = np.asarray(entry["keypoints"], float).ravel().tolist()
    return {**entry, "image_id": numbers[entry["image_id"]], "keypoints": points, "category_id": 1}


def _official(
    truth: list[dict[str, Any]],
    found: list[dict[str, Any]],
    sigmas: Sequence[float],
    numbers: list[int],
) -> NDArray[np.float64]:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    # From 1 on, because pycocotools takes the id 0 for "matched nobody".
    for i, annotation in enumerate(truth, start=1):
        annotation["id"] = i
    expected = COCO()
    images, categories = [{"id": n} for n in numbers], [{"id": 1, "name": "person"}]
    expected.dataset = {
        "info": {},
        "images": images,
        "categories": categories,
        "annotations": truth,
    }
    expected.createIndex()
    predicted = COCO()
    if found:
        predicted = expected.loadRes(found)
    else:
        predicted.dataset = {"images": images, "categories": categories, "annotations": []}
        predicted.createIndex()
    run = COCOeval(expected, predicted, "keypoints")
    run.params.imgIds = numbers
    run.params.kpt_oks_sigmas = np.asarray(sigmas, float)
    run.evaluate()
    run.accumulate()
    run.summarize()
    return np.asarray(run.stats)
