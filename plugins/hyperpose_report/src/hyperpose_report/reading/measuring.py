"""What is measured on people for a report: precision and recall, and how good each image is.

Matching and OKS are those of COCO's evaluation, as `hyperpose_coco` has them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco.oks import people as coco
from hyperpose_coco.oks.matching import NOBODY, match
from hyperpose_coco.oks.precision import RECALLS, THRESHOLDS, curves
from hyperpose_coco.oks.similarity import pairs_of, similarities
from hyperpose_coco.scoring.metrics import to_annotations, to_results
from hyperpose_core.build.metrics import people_wanted
from hyperpose_core.data.raw import RawSample
from hyperpose_report.reading.people import People

LEAST_OKS = 0.1
"""A prediction with a smaller OKS is of nobody, as in the error split."""


@dataclass(frozen=True)
class PrecisionRecall:
    """Precision over recall, over all areas.

    Args:
        recall: `[R]`, from 0 to 1.
        precision: by threshold of OKS, `[R]`; `mean` over all of them.
    """

    recall: NDArray[np.float64]
    precision: dict[str, NDArray[np.float64]]

    @property
    def ap(self) -> dict[str, float]:
        """Average precision by threshold; that of `mean` is COCO's AP."""
        return {name: float(values.mean()) for name, values in self.precision.items()}


@dataclass(frozen=True)
class ImageScore:
    """How well the people of one image were found.

    Args:
        oks: mean over those who are to be found; who was not found counts 0.
        wanted, matched: how many are to be found, and were.
        others: predictions of nobody, or of somebody found already; not those that COCO ignores,
            near a crowd or somebody without keypoints.
    """

    sample: RawSample
    oks: float
    wanted: int
    matched: int
    others: int


def unmeasurable(people: People) -> str:
    """Return why OKS cannot be measured, in a sentence; empty where it can."""
    if not people.skeleton.sigmas:
        return f"The skeleton {people.skeleton.name} has no sigmas, so that OKS cannot be measured."
    if not people_wanted(people.truth):
        return "Nobody is annotated in the images that were evaluated."
    return ""


def precision_recall(people: People) -> PrecisionRecall:
    """Measure precision over recall at every threshold."""
    values = curves(*_arrays(people), people.skeleton.sigmas).precision[0]
    by_threshold = {f"{t:.2f}": values[i] for i, t in enumerate(THRESHOLDS)}
    return PrecisionRecall(RECALLS, {"mean": values.mean(axis=0), **by_threshold})


def image_scores(people: People) -> list[ImageScore]:
    """Return the images in which somebody is to be found, the worst first."""
    truth, found = _arrays(people)
    pairs = pairs_of(found.images, truth.images)
    oks = similarities(pairs, found, truth, people.skeleton.sigmas)
    hidden, least = ~truth.wanted[np.newaxis], np.array([LEAST_OKS])
    owners = match(pairs, oks, len(found.images), truth, hidden, least).people[0, 0]
    own = (owners[pairs.predictions] == pairs.people) & truth.wanted[pairs.people]
    numbers = _numbers(people)
    image, count = truth.images[pairs.people[own]], len(numbers)
    total = np.bincount(image, oks[own], count).tolist()
    matched = np.bincount(image, minlength=count).tolist()
    wanted = np.bincount(truth.images[truth.wanted], minlength=count).tolist()
    others = np.bincount(found.images[owners == NOBODY], minlength=count).tolist()
    samples = {numbers[sample.image_id]: sample for sample in people.truth}
    scores = [
        ImageScore(samples[n], total[n] / wanted[n], wanted[n], matched[n], others[n])
        for n in range(count)
        if wanted[n]
    ]
    return sorted(scores, key=lambda score: (score.oks, -score.wanted, -score.others))


def _arrays(people: People) -> tuple[coco.People, coco.Predictions]:
    numbers, keypoints = _numbers(people), len(people.skeleton)
    truth = coco.people_of(to_annotations(people.truth), numbers, keypoints)
    return truth, coco.predictions_of(to_results(people.found), numbers, keypoints)


def _numbers(people: People) -> dict[int | str, int]:
    return coco.number_images(sample.image_id for sample in people.truth)
