"""Results in COCO's form, read against annotations."""

from __future__ import annotations

import json

import numpy as np
from fuzzing import written

from fuzz.coco_annotations import seeds as annotations
from hyperpose_coco.form.annotations import read_annotations
from hyperpose_coco.scoring.results import read_results
from hyperpose_core.skeletons import Skeleton

THREE = Skeleton("three", ("a", "b", "c"))


def seeds() -> list[bytes]:
    points = [10, 20, 1, 20, 30, 1, 25, 40, 1]
    result = {"image_id": 1, "category_id": 1, "keypoints": points, "score": 0.5}
    return [json.dumps([result, {**result, "score": 1}]).encode()]


def target(data: bytes) -> None:
    truth = read_annotations(written("truth.json", annotations()[0]), 3)
    found = read_results(written("results.json", data), truth, THREE)
    for humans in found.humans.values():
        assert all(np.isfinite(human.keypoints).all() for human in humans)
