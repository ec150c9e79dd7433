"""Labels: a scene's people in COCO's form, from its joints and its silhouettes."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hyperpose_core.skeletons import Skeleton
from hyperpose_synthetic.body import HEAD
from hyperpose_synthetic.figure import Figure
from hyperpose_synthetic.scene import CROWD, THING, Scene

Entry = dict[str, Any]
_FACE = {"nose": 0.0, "left_eye": 0.0, "right_eye": 0.0, "left_ear": -0.4, "right_ear": -0.4}
"""How far forward of the head's middle a point must be to be seen, in parts of its depth."""
_LEAST_SEEN = 0.15
"""Below this part of the silhouette that is not covered, a person gets no keypoints."""


def label_scene(scene: Scene, skeleton: Skeleton, image_id: int) -> list[Entry]:
    """Return the annotations of a scene, without `id`."""
    entries = []
    for number, (figure, labeled) in enumerate(zip(scene.people, scene.labeled, strict=True)):
        mine = scene.owner == number
        if mine.any():
            points = keypoints(figure, skeleton, scene.owner)
            seen = int(mine.sum()) > _LEAST_SEEN * 0.16 * figure.height**2
            if not (labeled and seen):
                points = np.zeros_like(points)
            entries.append(_entry(mine, image_id, polygons(mine), points, crowd=0))
    crowd = scene.owner == CROWD
    if crowd.any():
        runs = {"size": list(crowd.shape), "counts": run_lengths(crowd)}
        entries.append(_entry(crowd, image_id, runs, np.zeros((len(skeleton), 3)), crowd=1))
    return entries


def keypoints(figure: Figure, skeleton: Skeleton, owner: NDArray[np.int16]) -> NDArray[np.float64]:
    """Return `[K, 3]`: pixels, and 2 visible, 1 behind a person or a thing, 0 not in the picture.

    Points of the face on the far side of the head are 0 too, as COCO's annotators have it.
    """
    points = np.zeros((len(skeleton), 3))
    height, width = owner.shape
    for i, name in enumerate(skeleton.keypoints):
        x, y = (round(float(v), 2) for v in figure.at(name))
        column, row = round(x), round(y)
        if 0 <= column < width and 0 <= row < height and _on_near_side(figure, name):
            on_top = owner[row, column]
            points[i] = x, y, 1 if on_top == THING or on_top > (figure.number or 0) else 2
    return points


def polygons(region: NDArray[np.bool_]) -> list[list[float]]:
    """Return the outlines of a region `[H, W]`, each x0, y0, x1, y1, ..., holes filled."""
    outlines, _ = cv2.findContours(
        region.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    # COCO counts from the corner of the first pixel, OpenCV from its middle.
    corners = [outline.reshape(-1, 2) + 0.5 for outline in outlines]
    return [c.ravel().tolist() for c in corners if len(c) >= 3]


def run_lengths(region: NDArray[np.bool_]) -> list[int]:
    """Return COCO's runs of a region `[H, W]`: down the columns, zeros first."""
    flat = np.concatenate(([False], region.ravel(order="F"), [False]))
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    lengths = np.diff(np.concatenate(([0], changes, [region.size])))
    return [int(n) for n in (lengths[:-1] if lengths[-1] == 0 else lengths)]


def _on_near_side(figure: Figure, name: str) -> bool:
    if name not in _FACE:
        return True
    ahead = figure.body.joints[name][2] - figure.body.joints["head"][2]
    return bool(ahead > _FACE[name] * HEAD[2])


def _entry(
    region: NDArray[np.bool_],
    image_id: int,
    segmentation: Any,
    points: NDArray[np.float64],
    crowd: int,
) -> Entry:
    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    x, y = int(columns[0]), int(rows[0])
    return {
        "image_id": image_id,
        "category_id": 1,
        "iscrowd": crowd,
        "area": int(region.sum()),
        "bbox": [x, y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y],
        "num_keypoints": int((points[:, 2] > 0).sum()),
        "keypoints": [int(v) if v == int(v) else v for v in points.ravel().tolist()],
        "segmentation": segmentation,
    }
