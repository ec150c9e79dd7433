"""Repeated annotations: the same person marked several times, in files of COCO's form.

A repeat is told by `object_id` (or `person_id`) of an annotation, or of its `attributes`: equal in
one image means the same person. Without one, annotations with the same `id` in several files, one
an annotator, are of the same person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hyperpose_coco.form.annotations import Annotations, read_annotations
from hyperpose_coco.form.categories import Category, find_category
from hyperpose_coco.form.exports import IS_ESTIMATE
from hyperpose_coco.form.people import Entry
from hyperpose_coco.sigmas.estimate import Repeats
from hyperpose_core.errors import DataError
from hyperpose_core.skeletons import Skeleton


def read_repeats(
    paths: Sequence[Path], category: str | None = None
) -> tuple[Skeleton, list[Repeats]]:
    """Read files of repeated annotations.

    Args:
        category: its name; None: the only one that has keypoints.

    Returns:
        the keypoints that the files name, and the people who are there more than once.

    Raises:
        DataError: a file is not as it must be, the files name different keypoints, or nobody is
            there more than once.
    """
    categories = [find_category(path, category) for path in paths]
    skeletons = [_skeleton(c, path) for c, path in zip(categories, paths, strict=True)]
    for path, skeleton in zip(paths, skeletons, strict=True):
        if skeleton.keypoints != skeletons[0].keypoints:
            raise DataError(
                f"{path} names other keypoints than {paths[0]}: {skeleton.keypoints} instead of "
                f"{skeletons[0].keypoints}"
            )
    people: dict[Any, list[Entry]] = defaultdict(list)
    for path, found in zip(paths, categories, strict=True):
        annotations = read_annotations(path, len(skeletons[0]), category=found.id)
        _collect(people, annotations, len(paths) > 1)
    repeated = [_repeats(entries) for entries in people.values() if len(entries) > 1]
    if not repeated:
        raise DataError(
            f"{', '.join(map(str, paths))}: nobody is annotated more than once. Give the repeats "
            f"of a person the same 'object_id', or give one file for each annotator in which a "
            f"person has the same 'id'"
        )
    return skeletons[0], repeated


def _skeleton(category: Category, path: Path) -> Skeleton:
    if not category.keypoints:
        raise DataError(f"{path}: the category {category.name!r} has no names 'keypoints'")
    return Skeleton(category.name, category.keypoints, category.limbs)


def _collect(people: dict[Any, list[Entry]], annotations: Annotations, several: bool) -> None:
    names = {image["id"]: image["file_name"] for image in annotations.images}
    for image, entries in annotations.people.items():
        for entry in entries:
            if entry["num_keypoints"] == 0 or entry["iscrowd"]:
                continue
            if entry[IS_ESTIMATE] or not entry["area"] > 0:
                raise DataError(
                    f"{annotations.path}: annotation with id {entry['id']!r} has no area; "
                    f"distances are measured by it"
                )
            if entry["object_id"] is not None:
                people[names[image], "object", entry["object_id"]].append(entry)
            elif several:
                people[names[image], "id", entry["id"]].append(entry)


def _repeats(entries: list[Entry]) -> Repeats:
    points = np.array([entry["keypoints"] for entry in entries], float)
    return Repeats(points, np.array([entry["area"] for entry in entries], float))
