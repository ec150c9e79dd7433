"""The skeletons of the poseproposal family: COCO and MPII with the person instance as a part.

Limbs go from the instance outwards, so that decoding follows them in their order. The instance lies
at the centre of the person's box, which no keypoints derive: the preprocessor puts it there.
"""

from __future__ import annotations

from hyperpose_core.skeletons import Skeleton

_ARMS_AND_LEGS = (
    *("right_shoulder", "right_elbow", "right_wrist"),
    *("left_shoulder", "left_elbow", "left_wrist"),
    *("right_hip", "right_knee", "right_ankle"),
    *("left_hip", "left_knee", "left_ankle"),
)
"""Twelve joints in the order of OpenPose's channels, which the skeletons of models keep."""

INSTANCE = "instance"
"""The name of the keypoint that stands for the whole person."""

COCO = Skeleton(
    name="poseproposal-coco",
    keypoints=(
        "nose",
        INSTANCE,
        *_ARMS_AND_LEGS,
        *("right_eye", "left_eye", "right_ear", "left_ear"),
    ),
    limbs=(
        *((1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13), (1, 2)),
        *((2, 3), (3, 4), (1, 5), (5, 6), (6, 7), (1, 0), (0, 14)),
        *((0, 15), (14, 16), (15, 17)),
    ),
    # COCO's, and the hips' for the instance, whose place is about as vague.
    sigmas=(
        *(0.026, 0.107),
        *(0.079, 0.072, 0.062),
        *(0.079, 0.072, 0.062),
        *(0.107, 0.087, 0.089),
        *(0.107, 0.087, 0.089),
        *(0.025, 0.025, 0.035, 0.035),
    ),
)
"""18 parts, the instance in the place of OpenPose's neck, and 17 limbs."""

MPII = Skeleton(
    name="poseproposal-mpii",
    keypoints=(
        "headtop",
        "upper_neck",
        *_ARMS_AND_LEGS,
        "center",
        INSTANCE,
    ),
    limbs=(
        *((15, 0), (15, 1), (1, 2), (2, 3), (3, 4), (1, 5), (5, 6)),
        *((6, 7), (1, 14), (14, 8), (8, 9), (9, 10), (14, 11), (11, 12)),
        *((12, 13),),
    ),
    derived={"center": ("right_shoulder", "left_shoulder", "right_hip", "left_hip")},
)
"""16 parts, OpenPose's 15 of MPII and the instance, and 15 limbs."""
