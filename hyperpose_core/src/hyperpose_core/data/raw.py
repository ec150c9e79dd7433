"""Raw samples: everybody whom a dataset's files name, for checking, converting and looking.

Training and evaluation see `Sample`s, in which people without usable keypoints are only a mask.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data.samples import Sample
from hyperpose_core.skeletons import Skeleton


@dataclass
class RawSample(Sample):
    """One image with all of its annotated people, those without keypoints and crowds too.

    Args:
        areas: `[P]` float32, pixels of each person's silhouette; empty where the dataset has none.
        estimated: `[P]` bool, which areas are made of boxes; empty: none.
        crowds: `[P]` bool, which of the people are crowds; empty: none.
        person_ids: P ids of the annotations; empty where the dataset has none.
        segmentations: P regions in one of COCO's forms, or None each; empty where there are none.
    """

    areas: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    estimated: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    crowds: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    person_ids: list[Any] = field(default_factory=list)
    segmentations: list[Any] = field(default_factory=list)

    @property
    def is_crowd(self) -> bool:
        """Whether a crowd is annotated in the image, as filters ask."""
        return bool(self.crowds.any())


@dataclass(frozen=True)
class RawSplit:
    """The images of one split of a dataset, in the dataset's skeleton."""

    name: str
    skeleton: Skeleton
    samples: list[Sample]
