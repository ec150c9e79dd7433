"""How alike poses are: OKS, COCO's object keypoint similarity, of poses that were both predicted.

The measure is at https://cocodataset.org/#keypoints-eval.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.skeletons import Skeleton

SIGMA = 0.07
"""For keypoints of a skeleton without sigmas: about the mean of COCO's."""
_NARROWEST = 0.25
"""The least area of a person, as a share of the square of the longer side: who stands sideways is
not smaller than who stands in front."""


def sigmas_of(skeleton: Skeleton) -> NDArray[np.float64]:
    """Return the sigmas of OKS, `[K]`: the skeleton's, or `SIGMA` for each keypoint."""
    return np.array(skeleton.sigmas or (SIGMA,) * len(skeleton))


def similarity(
    first: NDArray[np.floating], second: NDArray[np.floating], sigmas: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return `[N, M]` in [0, 1]: the OKS of each of one list of poses with each of another.

    Of the keypoints that both have; divided by how many the pose has that has fewer, so that two
    poses do not become one by a single wrist. The area is that of the box around the first pose.

    Args:
        first, second: `[N, K, 3]`, `[M, K, 3]`; a keypoint whose third number is 0 is not there.
    """
    there = (first[:, None, :, 2] > 0) & (second[None, :, :, 2] > 0)
    squared = ((first[:, None, :, :2] - second[None, :, :, :2]) ** 2).sum(-1)
    scale = 2 * (2 * sigmas) ** 2 * np.maximum(_areas(first), 1e-6)[:, None, None]
    near = np.where(there, np.exp(-squared / scale), 0.0)
    counts = (first[..., 2] > 0).sum(-1)[:, None], (second[..., 2] > 0).sum(-1)[None]
    return np.asarray(near.sum(-1) / np.maximum(np.minimum(*counts), 1))


def _areas(poses: NDArray[np.floating]) -> NDArray[np.float64]:
    found = poses[..., 2:] > 0
    low = np.where(found, poses[..., :2], np.inf).min(axis=1)
    high = np.where(found, poses[..., :2], -np.inf).max(axis=1)
    sides = np.maximum(high - low, 0.0)
    return np.maximum(sides.prod(-1), _NARROWEST * sides.max(-1) ** 2)
