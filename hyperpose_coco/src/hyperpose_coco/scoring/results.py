"""Result files in COCO's form, checked entry by entry.

The form is described at https://cocodataset.org/#format-results (keypoint detection).
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from hyperpose_coco.form.annotations import Annotations
from hyperpose_coco.form.checked import Checked
from hyperpose_core.errors import InputError

Result = dict[str, Any]
_FARTHEST = 1e9


def read_results(path: Path, truth: Annotations) -> list[Result]:
    """Read a list of `image_id`, `category_id`, `keypoints` (3 K numbers) and `score`.

    Args:
        truth: the annotations that the results are for.

    Raises:
        InputError: the file cannot be read, is not such a list, or an entry is not as it must be:
            the message names the entry.
    """
    content = _read_json(path)
    if not isinstance(content, list):
        raise InputError(
            f"{path} is not a result file: results in COCO's form are a list of objects with "
            f"image_id, category_id, keypoints and score"
        )
    people = [person for image in truth.people.values() for person in image]
    categories = {p["category_id"] for p in people if p["category_id"] is not None}
    return [
        _result(Checked(path, "result", index, entry), truth, categories)
        for index, entry in enumerate(content)
    ]


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read the results {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"the results {path} are not JSON: {error}") from error


def _result(checked: Checked, truth: Annotations, categories: Collection[int | str]) -> Result:
    image = checked.name("image_id")
    if image not in truth.people:
        raise checked.fail("image_id", f"the id of an image of {truth.path}")
    category = checked.name("category_id")
    if categories and category not in categories:
        allowed = ", ".join(sorted(map(str, categories)))
        raise checked.fail("category_id", f"a category of the annotated people: {allowed}")
    points = checked.numbers("keypoints", 3 * truth.keypoints, np.float64)
    if np.abs(points).max() > _FARTHEST:
        raise checked.fail("keypoints", f"places within {_FARTHEST:.0f} pixels of the image")
    return {
        "image_id": image,
        "category_id": category,
        "keypoints": points.tolist(),
        "score": checked.number("score"),
    }
