"""The skeleton: COCO's 17 keypoints as data, in their official order."""

from __future__ import annotations

from hyperpose_core.skeletons import Skeleton

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
