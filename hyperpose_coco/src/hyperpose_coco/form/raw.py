"""Raw samples from annotations in COCO's form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco import masks
from hyperpose_coco.form.annotations import Annotations
from hyperpose_coco.form.exports import IS_ESTIMATE
from hyperpose_core.data.raw import RawSample
from hyperpose_core.errors import DataError


@dataclass
class RawCoco(RawSample):
    """One image in COCO's form with everybody in it.

    Args:
        counts: `[P]`, each person's `num_keypoints`: who is given as having none is not to be
            found, whatever the keypoints say.
    """

    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def wanted(self) -> NDArray[np.bool_]:
        """`[P]`: who is to be found, as COCO's evaluation has it."""
        return np.asarray((self.counts > 0) & ~self.crowds)

    def region_problem(self, person: int) -> str:
        """Return what is wrong with somebody's segmentation; nothing where there is none."""
        if not self.segmentations or not self.segmentations[person]:
            return ""
        try:
            masks.region(self.segmentations[person], self.width, self.height)
        except DataError as error:
            return str(error)
        return ""


def raw_samples(annotations: Annotations, folder: Path) -> Iterator[RawCoco]:
    """Return every image with everybody in it; files are not looked at."""
    for image in annotations.images:
        people = annotations.people[image["id"]]
        points = [person["keypoints"] for person in people]
        yield RawCoco(
            image_id=image["id"],
            path=folder / image["file_name"],
            width=image["width"],
            height=image["height"],
            keypoints=np.array(points, np.float32).reshape(-1, annotations.keypoints, 3),
            boxes=np.array([p["bbox"] for p in people], np.float32).reshape(-1, 4),
            areas=np.array([p["area"] for p in people], np.float64),
            estimated=np.array([p[IS_ESTIMATE] for p in people], bool),
            crowds=np.array([bool(p["iscrowd"]) for p in people], bool),
            person_ids=[person["id"] for person in people],
            segmentations=[person["segmentation"] for person in people],
            counts=np.array([p["num_keypoints"] for p in people], np.int64),
        )
