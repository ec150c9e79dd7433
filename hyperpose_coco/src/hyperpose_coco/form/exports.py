"""What labelling tools leave out of COCO's form, and what it is taken to be.

CVAT writes a tracked person without points as `keypoints: []` with an empty box, COCO-annotator
leaves `keypoints` out, others `area` or `num_keypoints`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hyperpose_coco.form.checked import Checked

AREA_OF_BOX = 0.53
"""The part of its box that a person covers, where nobody gives the area: the usual estimate."""
IS_ESTIMATE = "area_is_estimate"
"""The key of an annotation whose area is made of its box."""


def completed(checked: Checked, keypoints: int, category: int | str) -> Checked:
    """Return an annotation of a category, what is left out made up; what is malformed stays.

    Without `keypoints` nobody annotated them; `bbox` is around the keypoints; `area` is
    `AREA_OF_BOX` of the box, also where it is 0 in spite of keypoints; and the number of keypoints
    is counted.
    """
    if not checked.is_object():
        return checked
    entry: dict[str, Any] = {**checked.entry, "num_keypoints": None, "category_id": category}
    if entry.get("keypoints") in (None, []):
        entry["keypoints"] = [0] * 3 * keypoints
    points = _numbers(entry["keypoints"], 3 * keypoints).reshape(-1, 3)
    points = points[points[:, 2] > 0, :2]
    if entry.get("bbox") in (None, []) and len(points):
        entry["bbox"] = [*points.min(0).tolist(), *np.ptp(points, axis=0).tolist()]
    box = _numbers(entry.get("bbox"), 4)
    if box.size and (entry.get("area") is None or (entry["area"] == 0 and len(points))):
        entry |= {"area": float(AREA_OF_BOX * box[2] * box[3]), IS_ESTIMATE: True}
    return Checked(checked.path, checked.what, checked.index, entry)


def _numbers(value: Any, count: int) -> np.ndarray:
    """Return finite numbers as they are; nothing where they are not `count` of these."""
    try:
        numbers = np.asarray(value, np.float64)
    except (TypeError, ValueError, OverflowError):
        return np.zeros(0)
    return numbers if numbers.shape == (count,) and np.isfinite(numbers).all() else np.zeros(0)
