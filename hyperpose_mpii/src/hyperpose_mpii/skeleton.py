"""The skeleton: MPII's 16 joints as data, in their official order."""

from __future__ import annotations

from hyperpose_core.skeletons import Skeleton

MPII = Skeleton(
    name="mpii",
    keypoints=(
        "right_ankle",
        "right_knee",
        "right_hip",
        "left_hip",
        "left_knee",
        "left_ankle",
        "pelvis",
        "thorax",
        "upper_neck",
        "headtop",
        "right_wrist",
        "right_elbow",
        "right_shoulder",
        "left_shoulder",
        "left_elbow",
        "left_wrist",
    ),
    limbs=(
        (0, 1),
        (1, 2),
        (2, 6),
        (6, 3),
        (3, 4),
        (4, 5),
        (6, 7),
        (7, 8),
        (8, 9),
        (10, 11),
        (11, 12),
        (12, 7),
        (7, 13),
        (13, 14),
        (14, 15),
    ),
    derived={
        "pelvis": ("left_hip", "right_hip"),
        "thorax": ("left_shoulder", "right_shoulder"),
    },
)
"""The 16 joints of MPII in their official order (http://human-pose.mpi-inf.mpg.de/#download).

MPII has no OKS, and so no sigmas.
"""
