"""Samples from annotations in COCO's form: who is a person, and who becomes the mask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco import masks
from hyperpose_coco.form.annotations import Annotations
from hyperpose_coco.form.people import People
from hyperpose_coco.form.unseen import Unseen
from hyperpose_core.data.image_size import image_size
from hyperpose_core.data.samples import Sample


@dataclass
class CocoSample(Sample):
    """One image annotated in COCO's form.

    Args:
        areas: `[P]` float32, pixels of each person's silhouette.
        is_crowd: whether a crowd is annotated in the image.
        masks: regions, as pycocotools has them, of people who are not in `keypoints`: crowds,
            people without keypoints and too small ones. They are made when asked for, and `mask`
            of them.
    """

    areas: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    is_crowd: bool = False
    masks: Sequence[masks.Rle] = ()

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
        annotations: read with the same `least_area`, or with none.
        folder: holds the images.
        least_area: people whose silhouette has fewer pixels become the mask.
        make: the class to make, called with the fields of `CocoSample`.
        with_people_only: leave out images in which nobody remains.

    Raises:
        DataError: a segmentation is malformed.
    """
    if annotations.least_area not in (None, least_area):
        raise ValueError(f"read for {annotations.least_area} pixels, not for {least_area}")
    kept, hidden = _Rows.of(annotations, least_area, False), _Rows.of(annotations, least_area, True)
    seen, unseen = kept.people, Unseen(hidden.people)
    areas, crowds = seen.areas.astype(np.float32), np.cumsum([0, *hidden.people.crowds])
    images = annotations.rows
    both = zip(images.ids, images.names, images.sizes.tolist(), strict=True)
    samples = []
    for (name, file, size), (a, b), (c, d) in zip(both, kept.ranges, hidden.ranges, strict=True):
        if a < b or not with_people_only:
            path = folder / file
            width, height = _size(size, path)
            fields = {
                "image_id": name,
                "path": path,
                "width": width,
                "height": height,
                "keypoints": seen.points[a:b],
                "boxes": seen.boxes[a:b],
                "areas": areas[a:b],
                "is_crowd": bool(crowds[d] - crowds[c]),
                "masks": unseen.of_image(annotations.path, c, d, width, height),
            }
            samples.append(make(**fields))
    return samples


class _Rows(NamedTuple):
    """Some of the people, and from which to before which of them an image's are."""

    people: People
    ranges: list[tuple[int, int]]

    @classmethod
    def of(cls, annotations: Annotations, least_area: float, hidden: bool) -> _Rows:
        which = annotations.everybody.hidden(least_area) == hidden
        before = np.cumsum([0, *which])
        first, last = before[annotations.first].tolist(), before[annotations.last].tolist()
        people = annotations.everybody.chosen(np.flatnonzero(which))
        return cls(people, list(zip(first, last, strict=True)))


def _size(annotated: Sequence[int], path: Path) -> tuple[int, int]:
    """Return the annotated size, else that of the file; zeros where there is neither."""
    if annotated[0] or not path.is_file():
        return annotated[0], annotated[1]
    return image_size(path)
