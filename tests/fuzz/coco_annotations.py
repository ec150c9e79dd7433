"""Annotations in COCO's form: categories, images, people, their regions."""

from __future__ import annotations

import json

from fuzzing import folder, written

from hyperpose_coco.form.annotations import read_annotations
from hyperpose_coco.form.categories import find_category
from hyperpose_coco.form.samples import make_samples
from hyperpose_core.data.masks import decode


def seeds() -> list[bytes]:
    person = {
        **{"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "num_keypoints": 3},
        **{"keypoints": [10, 20, 2, 20, 30, 1, 25, 40, 2], "bbox": [5.0, 5, 40, 40], "area": 1500},
        "segmentation": [[5, 5, 45, 5, 45, 45, 5, 45]],
    }
    crowd = {
        **{"id": 2, "image_id": 1, "category_id": 1, "iscrowd": 1, "num_keypoints": 0},
        **{"keypoints": [0] * 9, "bbox": [0, 0, 9, 9], "area": 81},
        "segmentation": {"size": [50, 60], "counts": [2900, 100]},
    }
    packed = {**crowd, "id": 3, "segmentation": {"size": [50, 60], "counts": "dj2T3"}}
    category = {"id": 1, "name": "person", "keypoints": ["a", "b", "c"], "skeleton": [[1, 2]]}
    image = {"id": 1, "file_name": "a.jpg", "width": 60, "height": 50}
    content = {"images": [image], "annotations": [person, crowd, packed], "categories": [category]}
    return [json.dumps(content).encode()]


def target(data: bytes) -> None:
    written("images/a.jpg", b"")
    path = written("val.json", data)
    find_category(path, None)
    samples = make_samples(read_annotations(path, 3), folder() / "images", least_area=1)
    for sample in samples:
        decode(sample.mask, sample.width, sample.height)
