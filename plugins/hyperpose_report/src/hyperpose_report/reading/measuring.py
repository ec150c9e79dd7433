"""What is measured on people for a report: precision and recall, and how good each image is.

Matching and OKS are those of COCO's evaluation, as `hyperpose_coco` runs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco.oks.coco_eval import (
    CATEGORY,
    THRESHOLDS,
    make_quick_run,
    number_images,
    numbered,
    quiet,
    with_area,
)
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
        others: predictions of nobody, or of somebody found already.
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
    run, _ = _run(people, THRESHOLDS)
    with quiet():
        run.evaluate()
        run.accumulate()
    # Thresholds, recalls, categories, areas, numbers of predictions.
    values = np.asarray(run.eval["precision"], np.float64)[:, :, 0, 0, -1]
    by_threshold = {f"{t:.2f}": values[i] for i, t in enumerate(THRESHOLDS)}
    recall = np.asarray(run.params.recThrs, np.float64)
    return PrecisionRecall(recall, {"mean": values.mean(axis=0), **by_threshold})


def image_scores(people: People) -> list[ImageScore]:
    """Return the images in which somebody is to be found, the worst first."""
    run, samples = _run(people, [LEAST_OKS])
    with quiet():
        run.evaluate()
    scores = []
    for result in run.evalImgs:
        if result is None:
            continue
        wanted = [i for i, ignored in enumerate(result["gtIgnore"]) if not ignored]
        if not wanted:
            continue
        oks = run.ious[result["image_id"], CATEGORY]
        columns = {entry["id"]: n for n, entry in enumerate(run._gts[result["image_id"], CATEGORY])}
        rows = {name: n for n, name in enumerate(result["dtIds"])}
        found = [
            oks[rows[int(match)]][columns[result["gtIds"][i]]]
            for i in wanted
            if (match := result["gtMatches"][0][i]) > 0
        ]
        others = len(rows) - int((result["dtMatches"][0] > 0).sum())
        sample = samples[result["image_id"]]
        mean = float(sum(found)) / len(wanted)
        scores.append(ImageScore(sample, mean, len(wanted), len(found), others))
    return sorted(scores, key=lambda score: (score.oks, -score.wanted, -score.others))


def _run(people: People, thresholds: Sequence[float]) -> tuple[Any, dict[int, RawSample]]:
    """Return pycocotools' run over all areas, and the images by its numbers."""
    numbers = number_images(sample.image_id for sample in people.truth)
    truth = numbered(to_annotations(people.truth), numbers)
    found = with_area(numbered(to_results(people.found), numbers))
    run = make_quick_run(truth, found, people.skeleton.sigmas, list(numbers.values()), thresholds)
    return run, {numbers[sample.image_id]: sample for sample in people.truth}
