"""Joints: the groups that MPII's scores are quoted for, and the means over them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hyperpose_mpii.skeleton import MPII
from hyperpose_scores.pck import Floats

_SIDES = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_PAIRS = {
    side.capitalize(): (MPII.index(f"right_{side}"), MPII.index(f"left_{side}")) for side in _SIDES
}
GROUPS: dict[str, tuple[int, ...]] = {"Head": (MPII.index("headtop"),), **_PAIRS}
"""Of PCKh of single people: `Head` is the top of the head alone."""
PEOPLE_GROUPS: dict[str, tuple[int, ...]] = {
    "Head": (MPII.index("upper_neck"), MPII.index("headtop")),
    **_PAIRS,
}
"""Of the AP of several people: `Head` is neck and top of the head."""
SCORED = tuple(i for i, name in enumerate(MPII.keypoints) if name not in ("pelvis", "thorax"))
"""The 14 joints of the means."""


def by_group(values: Floats, groups: Mapping[str, tuple[int, ...]]) -> dict[str, float]:
    """Return the plain mean of `[16]` values over the joints of each group; NaN where unknown."""
    return {name: plain_mean(values[list(joints)]) for name, joints in groups.items()}


def plain_mean(values: Floats) -> float:
    """Return the mean of what is known, NaN for nothing."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
