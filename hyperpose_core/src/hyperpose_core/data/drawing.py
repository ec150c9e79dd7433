"""Drawing: skeletons into pictures, and pictures into files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hyperpose_core.errors import InputError
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.support.files import atomic_path

Picture = NDArray[np.uint8]
_SHIFT = 3
"""Bits of a pixel's fraction in what OpenCV draws."""
_FAR = 30_000.0
"""Pixels outside of which points are not drawn: OpenCV's integers end not far beyond."""


def draw_skeleton(image: Picture, keypoints: NDArray[Any], skeleton: Skeleton) -> Picture:
    """Draw one person into an image `[H, W, 3]` uint8 RGB, in place, and return it.

    Limbs and points are as thick as the person is large. A limb has the colour of the end that is
    later in the skeleton.

    Args:
        keypoints: `[K, 3]`, pixels of the image; those whose third number is 0 are left out.
    """
    points = np.asarray(keypoints, np.float64)
    there = (points[:, 2] > 0) & (np.abs(points[:, :2]) < _FAR).all(axis=1)
    if not there.any():
        return image
    canvas = np.ascontiguousarray(image)
    fixed = np.round(np.where(there[:, None], points[:, :2], 0) * (1 << _SHIFT)).astype(int)
    thickness, radius = _sizes(points[there, :2])
    for a, b in skeleton.limbs:
        if there[a] and there[b]:
            color = skeleton.colors[max(a, b)]
            ends = fixed[a].tolist(), fixed[b].tolist()
            cv2.line(canvas, *ends, color, thickness, cv2.LINE_AA, _SHIFT)
    for i in np.flatnonzero(there):
        color = skeleton.colors[i]
        cv2.circle(canvas, fixed[i].tolist(), radius, color, -1, cv2.LINE_AA, _SHIFT)
    if canvas is not image:
        image[...] = canvas
    return image


def save_picture(path: str | Path, picture: Picture) -> None:
    """Write a picture `[H, W, 3]` uint8 RGB, in the format that the name's ending says.

    Raises:
        InputError: the folder cannot be written, or the ending means no format.
    """
    path = Path(path)
    try:
        done, coded = cv2.imencode(path.suffix or ".", np.ascontiguousarray(picture[..., ::-1]))
    except cv2.error as error:
        raise InputError(
            f"cannot write {path}: {path.suffix or 'no ending'!r} is no format of pictures; "
            f"use .png or .jpg"
        ) from error
    if not done:
        raise InputError(f"cannot write {path} as a picture")
    with atomic_path(path) as temporary:
        temporary.write_bytes(coded.tobytes())


def _sizes(points: NDArray[np.float64]) -> tuple[int, int]:
    """Return the thickness of limbs in pixels, and the radius of points in OpenCV's fractions."""
    size = float((points.max(axis=0) - points.min(axis=0)).max())
    thickness = max(1, round(size / 60))
    return thickness, round((0.8 * thickness + 0.7) * (1 << _SHIFT))
