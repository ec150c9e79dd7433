"""Growing: people from the surest keypoints outwards, the strongest joint first."""

from __future__ import annotations

import heapq
from collections import defaultdict

import numpy as np

from hyperpose_pifpaf.associate import Joints
from hyperpose_pifpaf.fine import Points

Person = dict[int, int]
"""Keypoint of the skeleton to peak."""


def grow(peaks: Points, joints: Joints, seed_threshold: float) -> list[Person]:
    """Put people together (the paper's section 3.4).

    The surest peak begins a person, who takes along the joints of what they have the strongest
    first. What a person has is nobody else's; then the surest peak that is left begins the next.

    Args:
        seed_threshold: lowest score of a peak that begins a person.
    """
    ways = _ways(peaks, joints)
    parts, taken = peaks.part.tolist(), [False] * len(peaks)
    people: list[Person] = []
    for seed in np.argsort(-peaks.score, kind="stable").tolist():
        if peaks.score[seed] < seed_threshold:
            break
        if taken[seed]:
            continue
        person: Person = {}
        frontier = [(0.0, seed)]
        while frontier:
            _, peak = heapq.heappop(frontier)
            if taken[peak] or parts[peak] in person:
                continue
            person[parts[peak]] = peak
            taken[peak] = True
            for way in ways[peak]:
                heapq.heappush(frontier, way)
        people.append(person)
    return people


def _ways(peaks: Points, joints: Joints) -> dict[int, list[tuple[float, int]]]:
    """Return for each peak minus the strength and the other end of its joints.

    Strength on the way to a peak is its score's, too.
    """
    ways: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for near, far in ((joints.start, joints.end), (joints.end, joints.start)):
        strength = -joints.strength * peaks.score[far]
        for one, other, value in zip(near.tolist(), far.tolist(), strength.tolist(), strict=True):
            ways[one].append((value, other))
    return ways
