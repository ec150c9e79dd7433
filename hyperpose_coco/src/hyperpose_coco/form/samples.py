"""Samples from annotations in COCO's form: who is a person, and who becomes the mask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from os.path import isfile  # unlike Path's, of names that no file can have too
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco import masks
from hyperpose_coco.form.annotations import Annotations
from hyperpose_coco.form.columns import without_collector
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
    everybody, images = annotations.everybody, annotations.rows
    hides = everybody.hidden(least_area)
    seen, unseen = np.flatnonzero(~hides), Unseen(everybody, np.flatnonzero(hides))
    points, boxes, areas = everybody.points[seen], everybody.boxes[seen], everybody.areas[seen]
    areas = areas.astype(np.float32)
    kept, hidden = (_ranges(annotations, which) for which in (~hides, hides))
    both = zip(images.ids, images.names, images.sizes.tolist(), strict=True)
    samples = []
    with without_collector():
        for (name, file, size), (a, b), (c, d) in zip(both, kept, hidden, strict=True):
            if a < b or not with_people_only:
                path = folder / file
                width, height = _size(size, path)
                sample = make(
                    image_id=name,
                    path=path,
                    width=width,
                    height=height,
                    keypoints=points[a:b],
                    boxes=boxes[a:b],
                    areas=areas[a:b],
                    is_crowd=unseen.has_crowd(c, d),
                    masks=unseen.of_image(annotations.path, c, d, width, height),
                )
                samples.append(sample)
    return samples


def _ranges(annotations: Annotations, which: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return for each image from which to before which of some of the people are its own."""
    before = np.cumsum([0, *which.tolist()])
    ends = (before[edge].tolist() for edge in (annotations.first, annotations.last))
    return list(zip(*ends, strict=True))


def _size(annotated: Sequence[int], path: Path) -> tuple[int, int]:
    """Return the annotated size, else that of the file; zeros where there is neither."""
    if annotated[0] or not isfile(path):
        return annotated[0], annotated[1]
    return image_size(path)
