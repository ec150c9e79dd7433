"""Samples from annotations in COCO's form: who is a person, and who becomes the mask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco import masks
from hyperpose_coco.form.annotations import Annotations, Entry
from hyperpose_core.data.image_size import image_size
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError


@dataclass
class CocoSample(Sample):
    """One image annotated in COCO's form.

    Args:
        areas: `[P]` float32, pixels of each person's silhouette.
        is_crowd: whether a crowd is annotated in the image.
        masks: regions, as pycocotools has them, of people who are not in `keypoints`: crowds,
            people without keypoints and too small ones. `mask` is made of them when asked for.
    """

    areas: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    is_crowd: bool = False
    masks: list[masks.Rle] = field(default_factory=list)

    @property  # type: ignore[misc]
    def mask(self) -> bytes | None:
        """Where the loss counts, made anew at each call: many thousands of them stay small."""
        given: bytes | None = self.__dict__.get("given_mask")
        return masks.from_regions(self.masks) if given is None else given

    @mask.setter
    def mask(self, value: bytes | None) -> None:
        self.__dict__["given_mask"] = value


def make_samples(
    annotations: Annotations,
    folder: Path,
    *,
    least_area: float,
    make: Callable[..., CocoSample] = CocoSample,
    with_people_only: bool = False,
) -> list[CocoSample]:
    """Make one sample an image, in the order of the file.

    Args:
        folder: holds the images.
        least_area: people whose silhouette has fewer pixels become the mask.
        make: the class to make, called with the fields of `CocoSample`.
        with_people_only: leave out images in which nobody remains.

    Raises:
        DataError: a segmentation is malformed.
    """
    samples = []
    for image in annotations.images:
        people = annotations.people[image["id"]]
        kept = [person for person in people if _is_person(person, least_area)]
        if kept or not with_people_only:
            hidden = [person for person in people if not _is_person(person, least_area)]
            samples.append(make(**_fields(annotations, folder, image, kept, hidden)))
    return samples


def _is_person(person: Entry, least_area: float) -> bool:
    annotated = person["num_keypoints"] > 0 and (person["keypoints"][:, 2] > 0).any()
    return bool(annotated and not person["iscrowd"] and person["area"] >= least_area)


def _fields(
    annotations: Annotations,
    folder: Path,
    image: Entry,
    kept: list[Entry],
    hidden: list[Entry],
) -> dict[str, Any]:
    path = folder / image["file_name"]
    width, height = _size(image, path)
    points = [p["keypoints"] for p in kept]
    return {
        "image_id": image["id"],
        "path": path,
        "width": width,
        "height": height,
        "keypoints": np.array(points, np.float32).reshape(-1, annotations.keypoints, 3),
        "boxes": np.array([p["bbox"] for p in kept], np.float32).reshape(-1, 4),
        "areas": np.array([p["area"] for p in kept], np.float32),
        "is_crowd": any(p["iscrowd"] for p in hidden),
        "masks": [_region(annotations.path, person, width, height) for person in hidden if width],
    }


def _size(image: Entry, path: Path) -> tuple[int, int]:
    """Return the annotated size, else that of the file; zeros where there is neither."""
    if image["width"] or not path.is_file():
        return image["width"], image["height"]
    return image_size(path)


def _region(path: Path, person: Entry, width: int, height: int) -> masks.Rle:
    if not person["segmentation"]:
        return masks.box_region(person["bbox"], width, height)
    try:
        return masks.region(person["segmentation"], width, height)
    except DataError as error:
        raise DataError(f"{path}: annotation with id {person['id']!r}: {error}") from error
