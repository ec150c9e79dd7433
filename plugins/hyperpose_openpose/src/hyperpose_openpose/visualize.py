"""Pictures of the openpose family's maps, predicted or targets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.skeletons import Skeleton

Image = NDArray[np.uint8]


def visualize(image: Image, maps: Sequence[NDArray[np.float32]], skeleton: Skeleton) -> Image:
    """Draw the image, the confidence maps and the part affinity fields side by side.

    Args:
        image: `[H, W, 3]` uint8 RGB.
        maps: `[h, w, K + 1]` confidence maps and `[h, w, 2 L]` part affinity fields; more are
            ignored.
        skeleton: tells the keypoints' maps from the background.

    Returns:
        `[H, 3 W, 3]` uint8 RGB: the image; over it the largest confidence of any keypoint; over it
        the greatest length of any limb's vector. Blue is 0, red is 1 or more.
    """
    conf, paf = (np.nan_to_num(np.asarray(m, np.float32)) for m in maps[:2])
    keypoints = conf[..., : len(skeleton)].max(axis=-1, initial=0.0)
    with np.errstate(over="ignore"):  # of a training that diverges
        lengths = np.hypot(paf[..., 0::2], paf[..., 1::2]).max(axis=-1, initial=0.0)
    return np.concatenate([image, _overlay(image, keypoints), _overlay(image, lengths)], axis=1)


def _overlay(image: Image, heat: NDArray[np.float32]) -> Image:
    """Mix the image with a map in the colours of heat; where the map is 0 the image is darker."""
    import cv2

    height, width = image.shape[:2]
    level = np.rint(np.clip(heat, 0.0, 1.0) * 255).astype(np.uint8)
    colours = cv2.applyColorMap(cv2.resize(level, (width, height)), cv2.COLORMAP_JET)
    mixed = cv2.addWeighted(image, 0.5, cv2.cvtColor(colours, cv2.COLOR_BGR2RGB), 0.5, 0.0)
    return np.asarray(mixed, np.uint8)
