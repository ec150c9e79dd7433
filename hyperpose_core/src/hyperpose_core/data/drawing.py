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
Color = tuple[int, int, int]
_EDGE = (20, 20, 20)
_SMALL = 24
"""How many times as large as its limbs are thick a person is whose limbs have edges."""
_SHIFT = 3
"""Bits of a pixel's fraction in what OpenCV draws."""
_FAR = 30_000.0
"""Pixels outside of which points are not drawn: OpenCV's integers end not far beyond."""


def draw_skeleton(
    image: Picture, keypoints: NDArray[Any], skeleton: Skeleton, color: Color | None = None
) -> Picture:
    """Draw one person into an image `[H, W, 3]` uint8 RGB, in place, and return it.

    Limbs and points are as thick as the person is large, within bounds that the image sets, and
    have dark edges where there is room.

    Args:
        keypoints: `[K, 3]`, pixels of the image; those whose third number is 0 are left out.
        color: RGB, of the whole person; None: a limb has that of the end later in the skeleton.
    """
    points = np.asarray(keypoints, np.float64)
    there = (points[:, 2] > 0) & (np.abs(points[:, :2]) < _FAR).all(axis=1)
    if not there.any():
        return image
    canvas = np.ascontiguousarray(image)
    fixed = np.round(np.where(there[:, None], points[:, :2], 0) * (1 << _SHIFT)).astype(int)
    colors = (color,) * len(points) if color else skeleton.colors
    limbs = [(a, b) for a, b in skeleton.limbs if there[a] and there[b]]
    thickness, edge = _sizes(points[there, :2], min(image.shape[:2]))
    strokes = [((_EDGE,) * len(points), 2 * edge), (colors, 0)]
    for paint, more in strokes if edge else strokes[1:]:
        for a, b in limbs:
            ends, wide = (fixed[a].tolist(), fixed[b].tolist()), thickness + more
            cv2.line(canvas, *ends, paint[max(a, b)], wide, cv2.LINE_AA, _SHIFT)
        radius = round((0.8 * thickness + 0.7 + more / 2) * (1 << _SHIFT))
        for i in np.flatnonzero(there):
            cv2.circle(canvas, fixed[i].tolist(), radius, paint[i], -1, cv2.LINE_AA, _SHIFT)
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


def _sizes(points: NDArray[np.float64], side: int) -> tuple[int, int]:
    """Return the thickness of limbs and of their edges, in pixels; `side` is the image's shorter.

    At least a pixel where the image is shown 400 high, so that people are seen who are far away.
    """
    size = float(np.ptp(points, axis=0).max())
    thickness = max(1, round(min(max(size / 60, side / 400), side / 60)))
    return thickness, -(-thickness // 3) if size > _SMALL * thickness else 0
