"""Samples from MPII's annotations: pixels counted from 0, and who becomes the mask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os.path import isfile  # unlike Path's, of names that no file can have too
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data.image_size import image_size
from hyperpose_core.errors import DataError
from hyperpose_mpii.meta import MPIIMeta
from hyperpose_mpii.people import JOINTS, SIZE, Image, Person

HEADS_TALL = 7
"""People with a head box only are taken to reach so many head heights down, and half to a side."""


def make_samples(images: Iterable[Image], folder: Path) -> list[MPIIMeta]:
    """Make one sample an image, in their order.

    Args:
        folder: holds the image files.

    Raises:
        DataError: image files are unreadable, or two have the same number.
    """
    samples = [sample_of(image, folder) for image in images]
    if len({sample.image_id for sample in samples}) < len(samples):
        raise DataError(f"two images in {folder} have the same number; rename one of them")
    return samples


def image_id(name: str) -> int | str:
    """Return the number that an image's name consists of, as everybody's MPII results have it;
    other names stay as they are, without their ending.
    """
    stem = Path(name).stem
    return int(stem) if stem.isascii() and stem.isdigit() and len(stem) < 18 else stem


def sample_of(image: Image, folder: Path) -> MPIIMeta:
    """Make the sample of one image; DataError where its file is there and cannot be read."""
    path = folder / image.name
    width, height = image_size(path) if isfile(path) else (0, 0)
    people = [p for p in image.people if p.points is not None]
    hidden = [_region(p) for p in image.people if p.points is None]
    points = np.array([p.points for p in people], np.float32).reshape(-1, JOINTS, 3)
    points[..., :2] -= points[..., 2:] > 0
    heads = np.array([_xywh(p.head) for p in people], np.float32).reshape(-1, 4)
    return MPIIMeta(
        image_id=image_id(image.name),
        path=path,
        width=width,
        height=height,
        keypoints=points,
        boxes=_boxes(points, heads, width, height),
        head_boxes=heads,
        scales=np.array([p.scale or 0 for p in people], np.float32),
        centers=np.array([_center(p) for p in people], np.float32).reshape(-1, 2),
        separated=np.array([p.separated for p in people], np.bool_),
        activity=image.activity,
        hidden=np.array([r for r in hidden if r is not None], np.float32).reshape(-1, 4),
    )


def _xywh(corners: Sequence[float] | None) -> tuple[float, float, float, float]:
    """Turn corners counted from 1 into x, y, width, height counted from 0."""
    if corners is None:
        return 0.0, 0.0, 0.0, 0.0
    x1, y1, x2, y2 = corners
    return x1 - 1, y1 - 1, x2 - x1, y2 - y1


def _center(person: Person) -> tuple[float, float]:
    if person.center is None:
        return float("nan"), float("nan")
    return person.center[0] - 1, person.center[1] - 1


def _boxes(
    points: NDArray[np.float32], heads: NDArray[np.float32], width: int, height: int
) -> NDArray[np.float32]:
    """Return `[P, 4]` boxes around joints and head, inside an image of a known size."""
    last = (width - 1, height - 1) if width else (np.inf, np.inf)
    boxes = np.zeros((len(points), 4), np.float32)
    for i, (person, (x, y, w, h)) in enumerate(zip(points, heads, strict=True)):
        corners = person[person[:, 2] > 0, :2]
        if w > 0 and h > 0:
            corners = np.concatenate([corners, [(x, y), (x + w, y + h)]])
        low = np.clip(corners.min(axis=0), 0, last)
        high = np.clip(corners.max(axis=0), 0, last)
        boxes[i] = *low, *(high - low)
    return boxes


def _region(person: Person) -> tuple[float, float, float, float] | None:
    """Return a box in which a person without joints is, as far as the file lets one know.

    The square with the side of the person's height where that is given, else what a standing
    person below the head box takes up.
    """
    if person.scale is not None and person.scale > 0 and person.center is not None:
        x, y = _center(person)
        side = SIZE * person.scale
        return x - side / 2, y - side / 2, side, side
    if person.head is None:
        return None
    x, y, w, h = _xywh(person.head)
    side = HEADS_TALL * h
    return x + w / 2 - side / 4, y, side / 2, side
