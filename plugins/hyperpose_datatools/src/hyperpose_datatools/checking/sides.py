"""Left and right: whose are exchanged, told from how bodies and photographs are.

In a person who faces the camera, left keypoints are on the right in the picture, seen with the head
up. So the left one of two visible eyes is on the right (all of 191 pairs in 122 images of COCO).
Shoulders and hips of one person agree (where both are clearly apart, 26 of 1754 people of MPII and
none of 252 of COCO differ), and agree with the eyes (one of 162 of COCO does not). And most people
face the camera (by their shoulders 73 % in MPII, 75 % in COCO). Somebody whose eyes nobody
annotated and who is exchanged altogether looks like somebody seen from behind.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.skeletons import Skeleton

CLEAR = 0.3
"""How far apart, in lengths of the torso, a pair of the torso must be to be judged in a person."""
CLEAR_EYES = 0.03
COUNTED = 0.2
"""The same for the statistics of the whole dataset."""
SURE = 3.0
"""Standard deviations from an even division at which a dataset looks mirrored."""
_LEAST = 10


@dataclass
class Sides:
    """Counts over a dataset how often a pair is as in somebody who faces the camera."""

    skeleton: Skeleton
    facing: dict[str, int] = field(default_factory=dict)
    away: dict[str, int] = field(default_factory=dict)

    def add(self, keypoints: NDArray[np.float32]) -> str | None:
        """Count one person `[K, 3]`, and say what looks exchanged; None where nothing does."""
        gaps = pair_gaps(keypoints, self.skeleton)
        for name, gap in gaps.items():
            if abs(gap) > (CLEAR_EYES if name == "eye" else COUNTED):
                counts = self.facing if gap > 0 else self.away
                counts[name] = counts.get(name, 0) + 1
        return exchanged(gaps)

    def mirrored(self) -> str | None:
        """Say why left and right of the whole dataset look exchanged; None where they do not."""
        for names in (("eye",), ("shoulder", "hip")):
            facing = sum(self.facing.get(name, 0) for name in names)
            count = facing + sum(self.away.get(name, 0) for name in names)
            if count >= _LEAST:
                surplus = (2 * facing - count) / math.sqrt(count)
                text = f"of {count} pairs of {' and '.join(n + 's' for n in names)}, only {facing}"
                return f"{text} have the left one on the right" if surplus < -SURE else None
        return None

    def to_dict(self) -> dict[str, dict[str, float]]:
        """Return for each pair how many were counted, and which part is as when facing."""
        names = dict.fromkeys([*self.facing, *self.away])
        counts = {n: self.facing.get(n, 0) + self.away.get(n, 0) for n in names}
        return {
            name: {"count": count, "facing": round(self.facing.get(name, 0) / count, 4)}
            for name, count in counts.items()
        }


def pair_gaps(keypoints: NDArray[np.float32], skeleton: Skeleton) -> dict[str, float]:
    """Return for each annotated pair how far its left one is on the facing side of its right one.

    The unit is the torso's length, or a third of the person's extent where there is no torso; along
    the line across the torso, or the image's horizontal. Of eyes only visible ones are judged.
    """
    points = {name: keypoints[i] for i, name in enumerate(skeleton.keypoints)}
    seen = {name for name, point in points.items() if point[2] > 0}
    up, length = _torso(points, seen, keypoints)
    across = np.array([-up[1], up[0]])
    gaps = {}
    for name in skeleton.keypoints:
        other = "right_" + name.removeprefix("left_")
        if not name.startswith("left_") or not {name, other} <= seen:
            continue
        short = name.removeprefix("left_")
        if short == "eye" and min(points[name][2], points[other][2]) < 2:
            continue
        gaps[short] = float((points[name][:2] - points[other][:2]) @ across) / length
    return gaps


def exchanged(gaps: Mapping[str, float]) -> str | None:
    """Say what of one person looks exchanged: eyes, shoulders against hips, torso against eyes."""
    eyes = _side(gaps.get("eye"), CLEAR_EYES)
    shoulders, hips = (_side(gaps.get(name), CLEAR) for name in ("shoulder", "hip"))
    if eyes < 0:
        return "the left one of two visible eyes is on the left"
    if shoulders * hips < 0:
        return "shoulders and hips are crossed"
    if eyes * (shoulders + hips) < 0:
        return "the eyes face the camera, the torso is turned away"
    return None


def _side(gap: float | None, least: float) -> int:
    return 0 if gap is None or abs(gap) < least else (1 if gap > 0 else -1)


def _torso(
    points: Mapping[str, NDArray[np.float32]], seen: set[str], keypoints: NDArray[np.float32]
) -> tuple[NDArray[np.float64], float]:
    """Return the direction from hips to shoulders, and the distance between their middles."""
    middles = []
    for part in ("shoulder", "hip"):
        pair = [f"left_{part}", f"right_{part}"]
        if not seen.issuperset(pair):
            break
        middles.append(np.mean([points[name][:2] for name in pair], axis=0, dtype=np.float64))
    known = keypoints[keypoints[:, 2] > 0, :2]
    extent = float(np.ptp(known, axis=0).max()) if len(known) else 0.0
    if len(middles) == 2:
        line = np.asarray(middles[0] - middles[1], np.float64)
        length = float(np.linalg.norm(line))
        if length > 0.1 * extent:
            return line / length, length
    return np.array([0.0, -1.0]), max(1.0, extent / 3)
