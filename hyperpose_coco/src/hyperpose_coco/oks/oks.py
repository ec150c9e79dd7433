"""OKS: COCO's average precision and recall of keypoints.

The protocol is at https://cocodataset.org/#keypoints-eval. The numbers are those of pycocotools to
the last digit, in a small part of its time; the tests compare them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hyperpose_coco.oks.people import Id, number_images, people_of, predictions_of
from hyperpose_coco.oks.precision import ALL, LARGE, MEDIUM, mean
from hyperpose_coco.oks.precision import curves as curves_of
from hyperpose_core.data.humans import Human, as_results
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton

METRICS = ("AP", "AP50", "AP75", "APm", "APl", "AR", "AR50", "AR75", "ARm", "ARl")


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
    numbers = number_images(image_ids)
    people = people_of(ground_truth, numbers, len(sigmas))
    found = predictions_of(results, numbers, len(sigmas))
    curves = curves_of(people, found, sigmas, (ALL, MEDIUM, LARGE))
    kinds = {"AP": curves.precision, "AR": curves.recall}
    parts = {"": (0,), "50": (0, 0), "75": (0, 5), "m": (1,), "l": (2,)}
    return {
        kind + part: mean(values[place])
        for kind, values in kinds.items()
        for part, place in parts.items()
    }


def oks_protocol(skeleton: Skeleton) -> dict[str, Any]:
    """Return what a protocol says of the sigmas."""
    return {"sigmas": f"of the skeleton {skeleton.name}", "sigma_values": list(skeleton.sigmas)}


def humans_to_results(
    humans: Mapping[Id, Sequence[Human]], skeleton: Skeleton, category: Id = 1
) -> list[dict[str, Any]]:
    """Write people, by image id, as a COCO results list: see `hyperpose_core.data.humans`."""
    return [
        {
            "image_id": image_id,
            "category_id": category,
            "keypoints": human.keypoints.ravel().tolist(),
            "score": float(human.score),
        }
        for image_id, people in humans.items()
        for human in as_results(people)
        if human.keypoints.shape == (len(skeleton), 3)
    ]
