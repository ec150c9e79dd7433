"""Raw samples: everybody whom a dataset's files name, for checking, converting and looking.

Training and evaluation see `Sample`s, in which people without usable keypoints are only a mask.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data.samples import Sample
from hyperpose_core.skeletons import Skeleton

if TYPE_CHECKING:
    from hyperpose_core.contracts import Dataset


@dataclass
class RawSample(Sample):
    """One image with all of its annotated people, those without keypoints and crowds too.

    Args:
        areas: `[P]` float64, pixels of each person's silhouette; empty where the dataset has none.
        estimated: `[P]` bool, which areas are made of boxes; empty: none.
        crowds: `[P]` bool, which of the people are crowds; empty: none.
        person_ids: P ids of the annotations; empty where the dataset has none.
        segmentations: P regions in one of COCO's forms, or None each; empty where there are none.
    """

    areas: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    estimated: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    crowds: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    person_ids: list[Any] = field(default_factory=list)
    segmentations: list[Any] = field(default_factory=list)

    @property
    def is_crowd(self) -> bool:
        """Whether a crowd is annotated in the image, as filters ask."""
        return bool(self.crowds.any())

    @property
    def wanted(self) -> NDArray[np.bool_]:
        """`[P]`: who is to be found: those with an annotated keypoint who are no crowd."""
        annotated = np.asarray((self.keypoints[..., 2] > 0).any(-1))
        return annotated & ~self.crowds if len(self.crowds) else annotated

    def region_problem(self, person: int) -> str:
        """Return what is wrong with somebody's segmentation; datasets that have them say so."""
        return ""


@dataclass(frozen=True)
class RawSplit:
    """The images of one split of a dataset, in the dataset's skeleton.

    Args:
        category: what is annotated in them.
        lost: what reading left out or made up, with counts, each a part of a sentence.
    """

    name: str
    skeleton: Skeleton
    samples: Sequence[Sample]
    category: str = "person"
    lost: tuple[str, ...] = ()


def truth_of(dataset: Dataset, split: str) -> list[RawSample]:
    """Return what metrics compare predictions with: everybody in the images of `eval_samples`.

    Args:
        split: of which these are.

    Raises:
        DataError: files are missing or damaged.
    """
    return [_as_raw(sample) for sample in samples_of(dataset, split)]


def samples_of(dataset: Dataset, split: str) -> Iterable[Sample]:
    """Return the images of a split: everybody where the dataset has `raw_samples(split)`, else
    those of `eval_samples()`.
    """
    raw = getattr(dataset, "raw_samples", None)
    samples: Iterable[Sample] = raw(split) if callable(raw) else dataset.eval_samples()
    return samples


def _as_raw(sample: Sample) -> RawSample:
    if isinstance(sample, RawSample):
        return sample
    kept = {item.name: getattr(sample, item.name) for item in fields(Sample)}
    areas = np.asarray(getattr(sample, "areas", ()), np.float64)
    return RawSample(**kept, areas=areas if len(areas) == len(sample.keypoints) else np.zeros(0))
