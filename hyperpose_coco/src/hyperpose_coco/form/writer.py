"""COCO's form: writing people with keypoints as JSON (https://cocodataset.org/#format-data)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hyperpose_coco.form.exports import AREA_OF_BOX, IS_ESTIMATE
from hyperpose_core.data.masks import decode
from hyperpose_core.data.raw import RawSample, RawSplit
from hyperpose_core.data.samples import Sample
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.support.files import write_text
from hyperpose_datatools.conversion.names import image_root, relative_names
from hyperpose_datatools.conversion.targets import check_file


def write_coco(split: RawSplit, target: Path) -> list[str]:
    """Write a split as one JSON file; what the loss does not count becomes a crowd.

    A `contracts.AnnotationWriter`. Keypoints that change places in a mirrored image though their
    names do not say so are the category's `flip_pairs`, which COCO's form does not know.

    Returns:
        what is lost or made up.

    Raises:
        InputError: the file is a folder, or cannot be written.
    """
    check_file(target)
    samples = split.samples
    ids, kept_ids = _ids([sample.image_id for sample in samples])
    names = relative_names([sample.path for sample in samples])
    people = [p for i, s in zip(ids, samples, strict=True) for p in _people(s, i)]
    people_ids, _ = _ids([person["id"] for person in people])  # nobody's but the file's
    for number, person in zip(people_ids, people, strict=True):
        person["id"] = number
    content = {
        "info": {"description": f"{split.name}, images in {image_root([s.path for s in samples])}"},
        "images": [
            {"id": i, "file_name": name, "width": s.width, "height": s.height}
            for i, name, s in zip(ids, names, samples, strict=True)
        ],
        "annotations": people,
        "categories": [
            {
                "id": 1,
                "name": split.category,
                "supercategory": "",
                "keypoints": list(split.skeleton.keypoints),
                "skeleton": [[a + 1, b + 1] for a, b in split.skeleton.limbs],
                **_flip_pairs(split.skeleton),
            }
        ],
    }
    write_text(target, json.dumps(content))
    new_ids = 0 if kept_ids else len(samples)
    estimated = sum(IS_ESTIMATE in person for person in people)
    heads = sum(len(getattr(s, "head_boxes", ())) for s in samples)
    flips = len(split.skeleton.flip_pairs)
    counts = (
        (
            new_ids,
            f"ids of images that are no whole numbers: {new_ids} (counted from 1 instead)",
        ),
        (estimated, f"areas are unknown: {estimated}, estimated as {AREA_OF_BOX} of the boxes"),
        (heads, f"head boxes and scales: {heads}"),
        (
            flips,
            f"pairs of keypoints that change places in a mirrored image: {flips} (in flip_pairs, "
            f"which other tools do not read)",
        ),
    )
    return [words for count, words in counts if count]


def _flip_pairs(skeleton: Skeleton) -> dict[str, list[list[str]]]:
    pairs = [list(pair) for pair in skeleton.flip_pairs]
    return {"flip_pairs": pairs} if pairs else {}


def _ids(given: Sequence[Any]) -> tuple[list[int], bool]:
    """Return ids as they are where all are different whole numbers, else 1, 2, 3..."""
    if all(type(one) is int for one in given) and len(set(given)) == len(given):
        return list(given), True
    return list(range(1, len(given) + 1)), False


def _people(sample: Sample, image_id: int) -> Iterator[dict[str, Any]]:
    raw = sample if isinstance(sample, RawSample) else None
    for i, (points, box) in enumerate(zip(sample.keypoints, sample.boxes, strict=True)):
        known = points[:, 2] > 0
        area, estimated = _area(sample, i)
        segmentation = raw.segmentations[i] if raw is not None and raw.segmentations else None
        yield {
            "id": raw.person_ids[i] if raw is not None and raw.person_ids else None,
            "image_id": image_id,
            "category_id": 1,
            "keypoints": [_number(v) for v in np.where(known[:, None], points, 0).ravel()],
            "num_keypoints": int(known.sum()),
            "bbox": [_number(v) for v in box],
            "area": max(0.0, _number(area)),
            "iscrowd": int(raw is not None and len(raw.crowds) > 0 and bool(raw.crowds[i])),
            "segmentation": segmentation or [],
            **({IS_ESTIMATE: True} if estimated else {}),
        }
    if sample.mask is not None:
        yield _hidden(sample, image_id)


def _area(sample: Sample, index: int) -> tuple[float, bool]:
    """Return the area of a person, and whether it is made of the box."""
    areas, estimated = getattr(sample, "areas", ()), getattr(sample, "estimated", ())
    if len(areas) != len(sample.keypoints):
        return AREA_OF_BOX * float(sample.boxes[index, 2:].prod()), True
    return float(areas[index]), len(estimated) > 0 and bool(estimated[index])


def _hidden(sample: Sample, image_id: int) -> dict[str, Any]:
    """Return one crowd of all people of a sample who are only a mask."""
    from pycocotools import mask as coco_mask

    covered = decode(sample.mask, sample.width, sample.height) == 0
    region = coco_mask.encode(np.asfortranarray(covered, np.uint8))
    return {
        "id": None,
        "image_id": image_id,
        "category_id": 1,
        "keypoints": [0] * 3 * sample.keypoints.shape[1],
        "num_keypoints": 0,
        "bbox": [float(v) for v in coco_mask.toBbox(region)],
        "area": float(covered.sum()),
        "iscrowd": 1,
        "segmentation": {"size": region["size"], "counts": region["counts"].decode("ascii")},
    }


def _number(value: Any) -> float | int:
    """Return the shortest number that reads back as the same float32."""
    number = float(str(np.float32(value)))
    return int(number) if number.is_integer() else number
