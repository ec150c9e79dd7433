"""The skeletons of the openpose family: COCO with a neck, and MPII with a body centre."""

from __future__ import annotations

from hyperpose_core.skeletons import Skeleton

_ARMS_AND_LEGS = (
    *("right_shoulder", "right_elbow", "right_wrist"),
    *("left_shoulder", "left_elbow", "left_wrist"),
    *("right_hip", "right_knee", "right_ankle"),
    *("left_hip", "left_knee", "left_ankle"),
)
"""Twelve joints in the order of OpenPose's channels, which the skeletons of models keep."""

COCO = Skeleton(
    name="openpose-coco",
    keypoints=(
        "nose",
        "neck",
        *_ARMS_AND_LEGS,
        *("right_eye", "left_eye", "right_ear", "left_ear"),
    ),
    limbs=(
        *((1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13), (1, 2)),
        *((2, 3), (3, 4), (2, 16), (1, 5), (5, 6), (6, 7), (5, 17)),
        *((1, 0), (0, 14), (0, 15), (14, 16), (15, 17)),
    ),
    # COCO's, and the shoulders' for the neck, which lies between them.
    sigmas=(
        *(0.026, 0.079),
        *(0.079, 0.072, 0.062),
        *(0.079, 0.072, 0.062),
        *(0.107, 0.087, 0.089),
        *(0.107, 0.087, 0.089),
        *(0.025, 0.025, 0.035, 0.035),
    ),
    derived={"neck": ("left_shoulder", "right_shoulder")},
)
"""18 keypoints and 19 limbs of OpenPose (Cao et al., arXiv 1611.08050), in its channels' order."""

MPII = Skeleton(
    name="openpose-mpii",
    keypoints=(
        "headtop",
        "upper_neck",
        *_ARMS_AND_LEGS,
        "center",
    ),
    limbs=(
        *((0, 1), (1, 2), (2, 3), (3, 4), (1, 5), (5, 6), (6, 7)),
        *((1, 14), (14, 8), (8, 9), (9, 10), (14, 11), (11, 12), (12, 13)),
    ),
    derived={"center": ("right_shoulder", "left_shoulder", "right_hip", "left_hip")},
)
"""15 keypoints and 14 limbs of OpenPose's MPII model: head, neck, limbs and the body's centre."""
