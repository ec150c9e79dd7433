"""Skeletons: keypoints and limbs as data, the known ones, and how one becomes another."""

from hyperpose_core.skeletons.known import ARMS_AND_LEGS, COCO, MPII
from hyperpose_core.skeletons.skeleton import Skeleton

__all__ = ["ARMS_AND_LEGS", "COCO", "MPII", "Skeleton"]
