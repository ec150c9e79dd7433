"""What can be seen wrong in the annotations of one image without opening it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hyperpose_core.data.raw import RawSample
from hyperpose_core.data.samples import Sample
from hyperpose_core.skeletons import Skeleton

TOLERANCE = 1.0
"""Pixels by which a keypoint may be outside of its image: datasets differ in where pixels begin."""
COVERED = (0.02, 1.1)
"""The parts of its box that a person may cover; of 798 people of COCO it is 0.1 to 0.96."""
FAR = 0.5
"""A keypoint is far from its box when it is outside by this part of the box's larger side."""


def problems(sample: Sample, skeleton: Skeleton) -> Iterator[tuple[str, str]]:
    """Yield what looks wrong, as a kind of `report.KINDS` and a text that names the person."""
    if not sample.width:
        return  # a dataset that has sizes from the image files, and one that cannot be read
    for person in range(len(sample.keypoints)):
        name = person_name(sample, person)
        outside = _outside(sample, person, skeleton)
        if outside:
            yield "keypoint-outside", f"{name}: {outside}"
        box = _box_problem(sample, person)
        if box:
            yield "bad-box", f"{name}: {box}"
        area = "" if box else _area_problem(sample, person)
        if area:
            yield "bad-area", f"{name}: {area}"
        region = sample.region_problem(person) if isinstance(sample, RawSample) else ""
        if region:
            yield "bad-region", f"{name}: {region}"


def person_name(sample: Sample, person: int) -> str:
    """Return how a person is called in findings: by the annotation's id where there is one."""
    ids = sample.person_ids if isinstance(sample, RawSample) else []
    return f"annotation {ids[person]!r}" if ids else f"person {person}"


def with_keypoints(sample: Sample) -> np.ndarray:
    """Return `[P]` bool: who has at least one annotated keypoint."""
    return np.asarray((sample.keypoints[..., 2] > 0).any(-1))


def crowds(sample: Sample) -> np.ndarray:
    """Return `[P]` bool: who is a crowd."""
    given = sample.crowds if isinstance(sample, RawSample) else np.zeros(0, bool)
    return given if len(given) else np.zeros(len(sample.keypoints), bool)


def _outside(sample: Sample, person: int, skeleton: Skeleton) -> str:
    points = sample.keypoints[person]
    last = np.array([sample.width, sample.height]) - 1 + TOLERANCE
    out = (points[:, 2] > 0) & ((points[:, :2] < -TOLERANCE) | (points[:, :2] > last)).any(-1)
    if not out.any():
        return ""
    where = ", ".join(
        f"{skeleton.keypoints[i]} at {points[i, 0]:.0f},{points[i, 1]:.0f}"
        for i in np.flatnonzero(out)[:3]
    )
    return f"{where} in an image of {sample.width}x{sample.height}"


def _box_problem(sample: Sample, person: int) -> str:
    x, y, w, h = (float(v) for v in sample.boxes[person])
    text = f"x {x:.1f}, y {y:.1f}, width {w:.1f}, height {h:.1f}"
    if not (w > 0 and h > 0):
        return f"the box is empty: {text}"
    if x >= sample.width or y >= sample.height or x + w <= 0 or y + h <= 0:
        return f"the box is outside the image of {sample.width}x{sample.height}: {text}"
    known = sample.keypoints[person]
    known = known[known[:, 2] > 0, :2]
    away = np.maximum(np.array([x, y]) - known, known - np.array([x + w, y + h]))
    if len(known) and (away.max(-1) > FAR * max(w, h)).mean() > 0.5:
        return f"most keypoints are far from the box: {text}"
    return ""


def _area_problem(sample: Sample, person: int) -> str:
    """Say where the area does not fit the box: scores of OKS measure distances by its root."""
    if not isinstance(sample, RawSample) or not len(sample.areas) or not sample.wanted[person]:
        return ""
    area, (w, h) = float(sample.areas[person]), sample.boxes[person, 2:].tolist()
    if not w * h > 0 or COVERED[0] <= area / (w * h) <= COVERED[1]:
        return ""
    return (
        f"the area is {area:g} and the box {w:.0f}x{h:.0f}: distances of OKS are measured by the "
        f"root of the area, in pixels; without one it is estimated from the box"
    )
