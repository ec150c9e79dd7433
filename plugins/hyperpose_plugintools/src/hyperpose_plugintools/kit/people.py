"""People: annotations that every kind is checked with, and the images that they stand in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data.raw import RawSample
from hyperpose_core.skeletons import Skeleton

Floats = NDArray[np.float32]

PERSON = Skeleton(
    "person",
    (
        *("nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder"),
        *("right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip"),
        *("right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"),
    ),
    limbs=(
        *((0, 1), (0, 2), (1, 3), (2, 4), (0, 5), (0, 6), (5, 7), (6, 8), (7, 9), (8, 10)),
        *((5, 11), (6, 12), (11, 13), (12, 14), (13, 15), (14, 16)),
    ),
    sigmas=(0.03,) * 5 + (0.08,) * 12,
)
"""Seventeen points in the words of COCO."""


def standing(count: int, skeleton: Skeleton, size: tuple[int, int], most: float = np.inf) -> Floats:
    """Return `[count, K, 3]`: people beside one another, all of whom is seen.

    The points of a person lie on a circle, so that no two are near and none is near another
    person's of the same name.

    Args:
        size: width and height of the image in pixels.
        most: how large the radius of the circle may be, in pixels.
    """
    points, (width, height) = len(skeleton), size
    radius = min(0.38 * min(height, width / max(count, 1)), most)
    angles = 2 * np.pi * np.arange(points) / max(points, 1)
    people = np.full((count, points, 3), 2, np.float32)
    for i in range(count):
        x, y = (i + 0.5) * width / count, height / 2 - 0.5
        people[i, :, 0] = x - 0.5 + radius * np.sin(angles)
        people[i, :, 1] = y - radius * np.cos(angles)
    return people


def boxes_of(people: Floats) -> Floats:
    """Return `[P, 4]`: x, y, width, height around the annotated points of each person."""
    if not people.size:
        return np.zeros((len(people), 4), np.float32)
    there = people[..., 2:] > 0
    low = np.where(there, people[..., :2], np.inf).min(1)
    high = np.where(there, people[..., :2], -np.inf).max(1)
    return np.concatenate([low, high - low], -1).astype(np.float32)


def samples(skeleton: Skeleton = PERSON) -> dict[str, RawSample]:
    """Return images by what is special in them; their files are not there."""
    size = (320, 240)
    two = standing(2, skeleton, size)
    absent, nan = two.copy(), two.copy()
    absent[0, ::2] = 0
    nan[0, ::2] = (np.nan, np.nan, 0)
    none = np.zeros((0, len(skeleton), 3), np.float32)
    people = {
        "two people": two,
        "nobody": none,
        "keypoints that are not annotated": absent,
        "NaN where nothing is annotated": nan,
    }
    return {
        text: RawSample(i, Path(f"{i}.png"), *size, points, boxes_of(points))
        for i, (text, points) in enumerate(people.items())
    }
