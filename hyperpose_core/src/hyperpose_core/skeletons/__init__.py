"""Skeletons: keypoints and limbs as data, and how one becomes another."""

from hyperpose_core.skeletons.skeleton import Skeleton

__all__ = ["Skeleton"]
