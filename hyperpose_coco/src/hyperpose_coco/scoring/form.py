"""Scoring on annotations in COCO's form, whatever their skeleton."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hyperpose_coco.error_split.split import ErrorSplit, error_split
from hyperpose_coco.form.annotations import Annotations, estimated_areas
from hyperpose_coco.form.dataset import CocoStyleDataset
from hyperpose_coco.oks.coco_eval import MOST_PEOPLE, THRESHOLDS
from hyperpose_coco.oks.oks import evaluate_oks
from hyperpose_coco.scoring.results import Result, read_results
from hyperpose_coco.sigmas.given import with_sigmas
from hyperpose_core.contracts import Score
from hyperpose_core.errors import InputError
from hyperpose_core.skeletons import Skeleton
from hyperpose_scores.distances import DISTANCES

if TYPE_CHECKING:
    from hyperpose_core.config import DataConfig
Protocol = dict[str, Any]


@dataclass(frozen=True)
class Scored:
    """What is scored: people as annotated and as found, by one skeleton."""

    truth: Annotations
    results: list[Result]
    skeleton: Skeleton


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
        metric: one of `METRICS`; None: OKS AP, and with it the error split.

    Raises:
        InputError: the results or the metric are wrong; ConfigError: there are no sigmas.
    """
    compute = _metric(metric)
    skeleton, source = with_sigmas(dataset.skeleton, config.options.get("sigmas"))
    truth = dataset.annotations(ground_truth)
    scored = Scored(truth, read_results(results, truth), skeleton)
    protocol = {
        "dataset": name,
        "version": version if ground_truth is None else None,
        "split": config.eval_split if ground_truth is None else None,
        "ground truth": str(truth.path),
        **_numbers(scored),
        **estimated_areas(truth),
        "scales": "unknown: a result file does not say",
        "flip": "unknown: a result file does not say",
    }
    return compute(scored, {**protocol, "keypoints": skeleton.name, "sigmas": source})


def _metric(name: str | None) -> Callable[[Scored, Protocol], Score]:
    key = "oks" if name is None else name.lower()
    if key not in METRICS:
        raise InputError(f"there is no metric {name!r}: choose one of {', '.join(METRICS)}")
    return METRICS[key] if name is not None else _official


def _official(scored: Scored, protocol: Protocol) -> Score:
    score, split = _oks(scored, protocol), _errors(scored, protocol)
    return Score(score.metrics, score.protocol, split.tables)


def _oks(scored: Scored, protocol: Protocol) -> Score:
    people = (p for image in scored.truth.people.values() for p in image)
    sigmas = scored.skeleton.sigmas
    metrics = evaluate_oks(people, scored.results, sigmas, scored.truth.people)
    return Score(metrics, {"metric": "OKS AP and AR by pycocotools", **protocol, **_OKS_PROTOCOL})


def _errors(scored: Scored, protocol: Protocol) -> Score:
    people = (p for image in scored.truth.people.values() for p in image)
    skeleton = scored.skeleton
    split = error_split(people, scored.results, skeleton.sigmas, skeleton.flip, scored.truth.people)
    what = "error split of Ronchi and Perona (arXiv 1707.05388)"
    tables = error_tables(split, skeleton)
    return Score({"AP": split.ap}, {"metric": what, **protocol, **_OKS_PROTOCOL}, tables)


def error_tables(split: ErrorSplit, skeleton: Skeleton) -> dict[str, list[dict[str, Any]]]:
    """Return the tables of an error split; none where there is nobody to find."""
    if split.ap < 0:
        return {}
    return {
        "what lacks to AP 1": split.rows(),
        "keypoints of matched people": split.keypoint_rows(skeleton.keypoints),
    }


def _numbers(scored: Scored) -> Protocol:
    """Return how many there are of what."""
    images = scored.truth.people
    people = [p for image in images.values() for p in image]
    with_results = {result["image_id"] for result in scored.results}
    return {
        "images": len(images),
        "images without predictions (they count)": len(images) - len(with_results),
        "predictions": len(scored.results),
        "people to find": sum(p["num_keypoints"] > 0 and not p["iscrowd"] for p in people),
    }


_OKS_PROTOCOL: Protocol = {
    "unit": "parts of 1",
    "OKS thresholds": f"{THRESHOLDS[0]:.2f}:0.05:{THRESHOLDS[-1]:.2f}",
    "predictions that count": f"the {MOST_PEOPLE} surest of an image",
}


def _distance(measure: Callable[..., Score]) -> Callable[[Scored, Protocol], Score]:
    def compute(scored: Scored, protocol: Protocol) -> Score:
        # The sigmas have no part in it.
        rest = {key: value for key, value in protocol.items() if key != "sigmas"}
        return measure(scored.truth, scored.results, scored.skeleton, rest)

    return compute


METRICS: dict[str, Callable[[Scored, Protocol], Score]] = {
    "oks": _oks,
    "errors": _errors,
    **{name: _distance(measure) for name, measure in DISTANCES.items()},
}
