"""Known skeletons: the keypoints of COCO and of MPII as data, in their official order.

And the part of them that models share.
"""

from __future__ import annotations

from hyperpose_core.skeletons.skeleton import Skeleton

ARMS_AND_LEGS = (
    *("right_shoulder", "right_elbow", "right_wrist"),
    *("left_shoulder", "left_elbow", "left_wrist"),
    *("right_hip", "right_knee", "right_ankle"),
    *("left_hip", "left_knee", "left_ankle"),
)
"""Twelve joints in the order of OpenPose's channels, which the skeletons of models keep."""

COCO = Skeleton(
    name="coco",
    keypoints=(
        "nose",
        "left_eye",
        "right_eye",
        "left_ear",
        "right_ear",
        "left_shoulder",
        "right_shoulder",
        "left_elbow",
        "right_elbow",
        "left_wrist",
        "right_wrist",
        "left_hip",
        "right_hip",
        "left_knee",
        "right_knee",
        "left_ankle",
        "right_ankle",
    ),
    limbs=(
        (15, 13),
        (13, 11),
        (16, 14),
        (14, 12),
        (11, 12),
        (5, 11),
        (6, 12),
        (5, 6),
        (5, 7),
        (6, 8),
        (7, 9),
        (8, 10),
        (1, 2),
        (0, 1),
        (0, 2),
        (1, 3),
        (2, 4),
        (3, 5),
        (4, 6),
    ),
    sigmas=(
        0.026,
        *(0.025, 0.025),
        *(0.035, 0.035),
        *(0.079, 0.079),
        *(0.072, 0.072),
        *(0.062, 0.062),
        *(0.107, 0.107),
        *(0.087, 0.087),
        *(0.089, 0.089),
    ),
)
"""The 17 keypoints, limbs and OKS sigmas of COCO (https://cocodataset.org/#keypoints-eval)."""

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
    # MPII has no OKS. Points that COCO knows have COCO's values; pelvis, thorax, neck and head top
    # have those of the hips, shoulders, shoulders and ears.
    sigmas=(
        *(0.089, 0.087, 0.107),
        *(0.107, 0.087, 0.089),
        *(0.107, 0.079, 0.079, 0.035),
        *(0.062, 0.072, 0.079),
        *(0.079, 0.072, 0.062),
    ),
    derived={
        "pelvis": ("left_hip", "right_hip"),
        "thorax": ("left_shoulder", "right_shoulder"),
    },
)
"""The 16 joints of MPII in their official order (http://human-pose.mpi-inf.mpg.de/#download)."""
