"""Scoring of result files on annotations in COCO's form, whatever their skeleton."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hyperpose_coco.form.dataset import CocoStyleDataset
from hyperpose_coco.form.raw import raw_samples
from hyperpose_coco.scoring.metrics import estimated_areas
from hyperpose_coco.scoring.results import Found, read_results
from hyperpose_coco.sigmas.given import with_sigmas
from hyperpose_core.build.metrics import check, measured, metric_call, people_wanted
from hyperpose_core.contracts import Score
from hyperpose_core.data.raw import RawSample
from hyperpose_core.registry import get_registry
from hyperpose_core.skeletons import Skeleton

if TYPE_CHECKING:
    from hyperpose_core.config import DataConfig

OFFICIAL, ITS_TABLES = "coco/oks", "coco/errors"
Protocol = dict[str, Any]


def score_coco_form(
    results: Path,
    *,
    dataset: CocoStyleDataset,
    name: str,
    version: str | None,
    ground_truth: Path | None,
    config: DataConfig,
    metric: str | None,
) -> Score:
    """Score a result file in COCO's form; a `contracts.Scorer` but for the first three.

    Args:
        dataset: gives the skeleton, and the annotations where there is no `ground_truth`.
        name, version: of the dataset, for the protocol.
        config: `options["sigmas"]` replaces the skeleton's: numbers, or a file (`read_sigmas`).
        metric: an installed metric, with arguments where it takes some; None: OKS AP, and with it
            the error split.

    Raises:
        InputError: the results are wrong; UnknownComponentError: there is no such metric;
        ConfigError: there are no sigmas.
    """
    call = metric_call(metric or OFFICIAL)
    check(call, get_registry())
    skeleton, source = with_sigmas(dataset.skeleton, config.options.get("sigmas"))
    annotated = dataset.annotations(ground_truth)
    truth = list(raw_samples(annotated, annotated.path.parent))
    found = read_results(results, annotated, skeleton)
    score = measured(call, truth, found.humans, skeleton, get_registry())
    protocol = {
        "dataset": name,
        "version": version if ground_truth is None else None,
        "split": config.eval_split if ground_truth is None else None,
        "ground truth": str(annotated.path),
        **_numbers(truth, found),
        **estimated_areas(truth),
        "scales": "unknown: a result file does not say",
        "flip": "unknown: a result file does not say",
        "keypoints": skeleton.name,
        # Not every metric has to do with sigmas.
        **({"sigmas": source} if "sigmas" in score.protocol else {}),
    }
    tables = score.tables if metric else _tables(truth, found, skeleton)
    what = {key: value for key, value in score.protocol.items() if key not in protocol}
    first = {"metric": what.pop("metric", str(call))}
    return Score(score.metrics, {**first, **protocol, **what}, tables)


def _tables(truth: Sequence[RawSample], found: Found, skeleton: Skeleton) -> Any:
    split = metric_call(ITS_TABLES)
    return measured(split, truth, found.humans, skeleton, get_registry()).tables


def _numbers(truth: Sequence[RawSample], found: Found) -> Protocol:
    """Return how many there are of what."""
    left_out = {"predictions of other categories (left out)": found.others} if found.others else {}
    return {
        "images": len(truth),
        "images without predictions (they count)": len(truth) - len(found.humans),
        "predictions": sum(len(people) for people in found.humans.values()),
        **left_out,
        "people to find": people_wanted(truth),
    }
