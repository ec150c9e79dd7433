"""Writing annotations in the structure of MPII's official file.

The form is described at http://human-pose.mpi-inf.mpg.de/#download.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import savemat

from hyperpose_core.data.raw import RawSample, RawSplit
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError, InputError
from hyperpose_core.support.files import atomic_path
from hyperpose_datatools.conversion.targets import check_file
from hyperpose_mpii.annotations import is_name
from hyperpose_mpii.people import JOINTS, SIZE
from hyperpose_mpii.samples import image_id

_NOTHING = np.zeros((0, 0))


def write(split: RawSplit, target: Path) -> list[str]:
    """Write a split in MPII's skeleton, pixels counted from 1; a `contracts.AnnotationWriter`.

    All images are for training (`img_train`). Scale and position are made of the boxes.

    Raises:
        InputError: a sample has another number of keypoints, or the file cannot be written.
        DataError: an image's name is none that `read` takes.
    """
    check_file(target)
    samples = split.samples
    for sample in samples:
        if sample.keypoints.shape[1:] != (JOINTS, 3):
            raise InputError(
                f"MPII's file has {JOINTS} joints; image {sample.image_id!r} has keypoints of the "
                f"shape {sample.keypoints.shape}"
            )
        if not is_name(sample.path.name):
            raise DataError(
                f"an image is called {sample.path.name!r:.80}; a name in MPII's file has no "
                f"backslash and no null byte, and is not empty or '..': rename it; nothing was "
                f"written"
            )
    repeated = len({sample.path.name for sample in samples}) < len(samples)
    if repeated:
        raise InputError("two images have the same name: MPII's file has names without folders")
    release = {
        "annolist": _structs([_image(sample) for sample in samples]),
        "img_train": np.ones((1, len(samples))),
        "single_person": _cells([_NOTHING] * len(samples)),
        "version": "12",
    }
    with atomic_path(target) as temporary, temporary.open("wb") as file:
        savemat(file, {"RELEASE": _structs([release])}, do_compression=True)
    return _lost(split)


def _image(sample: Sample) -> dict[str, Any]:
    people = [i for i in range(len(sample.keypoints)) if not _is_crowd(sample, i)]
    return {
        "image": _structs([{"name": sample.path.name}]),
        "annorect": _structs([_person(sample, i) for i in people]) if people else _NOTHING,
    }


def _person(sample: Sample, index: int) -> dict[str, Any]:
    x, y, w, h = (float(v) for v in sample.boxes[index])
    heads = getattr(sample, "head_boxes", ())
    head = [float(v) for v in heads[index]] if len(heads) else [0.0] * 4
    known = head[2] > 0 and head[3] > 0
    corners = (head[0] + 1, head[1] + 1, head[0] + head[2] + 1, head[1] + head[3] + 1)
    points = _points(sample.keypoints[index])
    return {
        **{
            name: corner if known else _NOTHING
            for name, corner in zip(("x1", "y1", "x2", "y2"), corners, strict=True)
        },
        "annopoints": _structs([{"point": points}]) if points.size else _NOTHING,
        "scale": max(w, h) / SIZE,
        "objpos": _structs([{"x": x + w / 2 + 1, "y": y + h / 2 + 1}]),
    }


def _points(keypoints: NDArray[np.float32]) -> NDArray[Any]:
    return _structs(
        [
            {"x": float(x) + 1, "y": float(y) + 1, "id": i, "is_visible": int(visibility == 2)}
            for i, (x, y, visibility) in enumerate(keypoints)
            if visibility > 0
        ]
    )


def _is_crowd(sample: Sample, index: int) -> bool:
    return isinstance(sample, RawSample) and len(sample.crowds) > 0 and bool(sample.crowds[index])


def _lost(split: RawSplit) -> list[str]:
    samples = split.samples
    raw = [s for s in samples if isinstance(s, RawSample)]
    headless = [s for s in samples if len(s.keypoints) and not len(getattr(s, "head_boxes", ()))]
    folders = len({s.path.parent for s in samples}) - 1
    headless_boxes = sum(len(s.boxes) for s in headless)
    others = 0 if split.category == "person" else len(samples)
    crowds = sum(int(s.crowds.sum()) for s in raw)
    masks = sum(s.mask is not None for s in samples if not isinstance(s, RawSample))
    areas = sum(len(getattr(s, "areas", ())) for s in samples)
    regions = sum(bool(region) for s in raw for region in s.segmentations)
    in_folders = len(samples) if folders else 0
    ids = sum(s.image_id != image_id(s.path.name) for s in samples)
    counts = (
        (crowds, f"crowds: {crowds}"),
        (masks, f"people who are only a mask, in images: {masks}"),
        (areas, f"areas: {areas}"),
        (regions, f"segmentations: {regions}"),
        (headless_boxes, f"boxes: {headless_boxes} (scale and position are made of them)"),
        (in_folders, f"folders of images: {in_folders} (MPII has names without folders)"),
        (ids, f"ids of images: {ids} (MPII has names only)"),
        (others, f"the category {split.category} of {others} images"),
        (
            len(headless),
            f"there are no head boxes in {len(headless)} images: PCKh cannot be scored on them",
        ),
    )
    return [words for count, words in counts if count]


def _structs(entries: Sequence[Mapping[str, Any]]) -> NDArray[Any]:
    """Return a 1 x N array of Matlab structs with the fields of the first entry."""
    names = list(entries[0]) if entries else ["x"]
    array = np.empty((1, len(entries)), dtype=[(name, object) for name in names])
    for i, entry in enumerate(entries):
        for name, value in entry.items():
            array[0, i][name] = value
    return array


def _cells(values: Sequence[Any]) -> NDArray[Any]:
    array = np.empty((len(values), 1), dtype=object)
    for i, value in enumerate(values):
        array[i, 0] = value
    return array
