"""Result files in COCO's form, checked entry by entry.

The form is described at https://cocodataset.org/#format-results (keypoint detection).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco.form import columns
from hyperpose_coco.form.annotations import Annotations
from hyperpose_coco.form.categories import read_categories
from hyperpose_coco.form.checked import Checked
from hyperpose_coco.form.columns import AT_ONCE
from hyperpose_core.data.humans import Human
from hyperpose_core.errors import DataError, InputError
from hyperpose_core.skeletons import Skeleton

_FARTHEST = 1e9


@dataclass(frozen=True)
class Found:
    """What a result file holds.

    Args:
        humans: by image id, only images in which somebody was found, the keypoints as in the file.
        others: how many entries are of a category of the annotations that is not scored.
    """

    humans: dict[int | str, list[Human]]
    others: int


def read_results(path: Path, truth: Annotations, skeleton: Skeleton) -> Found:
    """Read a list of `image_id`, `category_id`, `keypoints` (3 K numbers) and `score`.

    In the files of others the third number of a point often means nothing: where it is 0 for all
    points of an entry, all count as found.

    Args:
        truth: the annotations that the results are for.
        skeleton: names the keypoints of both.

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
    people = (person for image in truth.people.values() for person in image)
    scored = {p["category_id"] for p in people if p["category_id"] is not None}
    humans: dict[int | str, list[Human]] = defaultdict(list)
    left_out = 0
    for begin in range(0, len(content), AT_ONCE):
        entries = content[begin : begin + AT_ONCE]
        together = _together(entries, truth, scored)
        if together is not None:
            for image, points, score in zip(*together, strict=True):
                humans[image].append(Human(points, score, skeleton))
            continue
        for index, entry in enumerate(entries, start=begin):
            checked = Checked(path, "result", index, entry)
            if scored and checked.is_object() and _is_of_another(checked, truth.path, scored):
                left_out += 1
            else:
                image, human = _result(checked, truth, scored, skeleton)
                humans[image].append(human)
    return Found(dict(humans), left_out)


def _together(
    entries: Sequence[Any], truth: Annotations, categories: Collection[int | str]
) -> tuple[Sequence[int | str], NDArray[np.float64], Sequence[float]] | None:
    """Return images, keypoints and scores of entries; None where one of them is to be looked at."""
    images = columns.names(columns.values_of(entries, "image_id"))
    named = columns.names(columns.values_of(entries, "category_id"))
    scores = columns.scores(columns.values_of(entries, "score"))
    points = columns.numbers(
        columns.values_of(entries, "keypoints"), 3 * truth.keypoints, np.float64
    )
    if images is None or named is None or scores is None or points is None:
        return None
    known = all(image in truth.people for image in images)
    if not known or (categories and not set(named) <= set(categories)):
        return None
    if np.abs(points).max(initial=0) > _FARTHEST:
        return None
    placed = points.reshape(len(entries), -1, 3)
    placed[~(placed[..., 2] > 0).any(axis=1), :, 2] = 1
    return images, placed, scores.tolist()


def _read_json(path: Path) -> Any:
    try:
        with columns.without_collector():
            return json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read the results {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"the results {path} are not JSON: {error}") from error


def _is_of_another(checked: Checked, path: Path, scored: Collection[int | str]) -> bool:
    """Say whether an entry is of a category that the annotations name and that is not scored."""
    category = checked.name("category_id")
    if category in scored:
        return False
    try:
        return category in {one.id for one in read_categories(path)}
    except DataError:  # a file of people alone need not say that they are
        return False


def _result(
    checked: Checked, truth: Annotations, categories: Collection[int | str], skeleton: Skeleton
) -> tuple[int | str, Human]:
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
    placed = points.reshape(-1, 3)
    if not (placed[:, 2] > 0).any():
        placed[:, 2] = 1
    return image, Human(placed, checked.number("score"), skeleton)
