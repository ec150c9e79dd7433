"""Truth: the people that predictions in a table are scored against, in their official order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.errors import DataError, InputError
from hyperpose_mpii.matlab import read_mat
from hyperpose_mpii.people import JOINTS, Image, Person
from hyperpose_scores.pck import HEAD_FACTOR, Floats

_NAMES = (
    *("rank", "rkne", "rhip", "lhip", "lkne", "lank", "pelv", "thor"),
    *("neck", "head", "rwri", "relb", "rsho", "lsho", "lelb", "lwri"),
)


@dataclass(frozen=True)
class Truth:
    """Annotated people, in pixels counted from 1, as MPII's files have them.

    Args:
        points: `[N, 16, 3]`: x, y, and 0 where not annotated.
        lengths: `[N]` head sizes, pixels.
        source: where they are from.
    """

    points: Floats
    lengths: Floats
    source: str


def read_truth(path: Path) -> Truth:
    """Read a file like the `detections_our_format` of MPII's own evaluation.

    It has `pos_gt_src` `[16, 2, N]`, `jnt_missing` `[16, N]`, `headboxes_src` `[2, 2, N]`, and
    possibly `dataset_joints`, the names of the joints.

    Raises:
        DataError: it cannot be read, or lacks one of them, or an entry is not finite.
    """
    names = ("pos_gt_src", "jnt_missing", "headboxes_src")
    content = read_mat(path, *names, optional=("dataset_joints",))
    missing = _numbers(path, "jnt_missing", content["jnt_missing"], (JOINTS,))
    places = _numbers(path, "pos_gt_src", content["pos_gt_src"], (JOINTS, 2))
    heads = _numbers(path, "headboxes_src", content["headboxes_src"], (2, 2))
    if not missing.shape[-1] == places.shape[-1] == heads.shape[-1]:
        raise DataError(f"{path}: pos_gt_src, jnt_missing and headboxes_src differ in people")
    _check_names(path, content.get("dataset_joints"))
    points = np.concatenate([places, (missing == 0)[:, None]], axis=1)
    lengths = HEAD_FACTOR * np.hypot(*(heads[1] - heads[0]))
    if not (lengths > 0).all():
        person = int(np.argmin(lengths > 0))
        raise DataError(f"{path}: the head box of person {person + 1} has no size")
    return Truth(points.transpose(2, 0, 1), lengths, path.name)


def truth_of_images(images: Sequence[Image], count: int, source: str) -> Truth:
    """Return the people of annotated images in the order of the file.

    Args:
        count: of people that there must be. Those with joints and a head box are meant; if these
            are more, those of them with scale and position, or those who stand apart.

    Raises:
        InputError: there is another number of people.
    """
    people = [p for i in images for p in i.people if p.points is not None and _head_size(p) > 0]
    placed = [p for p in people if p.scale is not None and p.center is not None]
    choices = (people, placed, [p for p in people if p.separated])
    for chosen in choices:
        if len(chosen) == count:
            points = np.array([p.points for p in chosen], float).reshape(-1, JOINTS, 3)
            return Truth(points, np.array([_head_size(p) for p in chosen], float), source)
    raise InputError(
        f"the results have {count} people, but {source} has {len(people)}: there must be one "
        f"prediction for each annotated person, in the order of the annotations; or give the file "
        f"that the predictions belong to with --ground-truth"
    )


def _head_size(person: Person) -> float:
    if person.head is None:
        return 0.0
    x1, y1, x2, y2 = person.head
    return HEAD_FACTOR * float(np.hypot(x2 - x1, y2 - y1))


def _numbers(path: Path, name: str, value: Any, shape: tuple[int, ...]) -> Floats:
    """Return `[*shape, N]`; Matlab leaves N out where it is 1."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf" or array.shape[: len(shape)] != shape:
        raise _fail(path, name, array, shape)
    if array.ndim not in (len(shape), len(shape) + 1) or not array.size:
        raise _fail(path, name, array, shape)
    array = array.reshape(*shape, -1).astype(float)
    if not np.isfinite(array).all():
        person = int(np.argwhere(~np.isfinite(array))[0, -1])
        raise DataError(f"{path}: {name} of person {person + 1} is not finite")
    return array


def _fail(path: Path, name: str, array: NDArray[Any], shape: tuple[int, ...]) -> DataError:
    sides = "x".join(map(str, (*shape, "people")))
    found = "x".join(map(str, array.shape)) or "no"
    return DataError(f"{path}: {name} has {found} {array.dtype} values; it must be {sides} numbers")


def _check_names(path: Path, names: Any) -> None:
    """See that the joints have MPII's order, where the file names them."""
    if names is None:
        return
    found = tuple(map(str, names)) if isinstance(names, list) else (str(names),)
    if found != _NAMES:
        raise DataError(
            f"{path}: dataset_joints is {', '.join(found) or 'empty'}; the order must be "
            f"{', '.join(_NAMES)}"
        )
