"""The scorer: MPII's numbers for a result file of anybody's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hyperpose_core.build.metrics import check, measured, metric_call
from hyperpose_core.config.calls import MetricCall
from hyperpose_core.contracts import Score
from hyperpose_core.data.raw import truth_of
from hyperpose_core.errors import InputError, UnknownComponentError
from hyperpose_core.registry import Registry, get_registry
from hyperpose_mpii.dataset import MPIIDataset, open_dataset
from hyperpose_mpii.evaluate import evaluate_people, people_protocol
from hyperpose_mpii.joints import GROUPS, SCORED, by_group, plain_mean
from hyperpose_mpii.predictions import read_people, read_table
from hyperpose_mpii.skeleton import MPII
from hyperpose_mpii.truth import Truth, read_truth, truth_of_images
from hyperpose_scores import pck

if TYPE_CHECKING:
    from hyperpose_core.config import DataConfig

THRESHOLD = 0.5
"""Of the head size."""
TABLE_METRICS = ("PCKh", "AUC", "EPE")
PEOPLE_METRICS = ("mAP", "PCKh", "AUC")
_MEAN = "plain mean over the 14 joints without pelvis and thorax"


def score(
    results: Path, *, ground_truth: Path | None, config: DataConfig, metric: str | None
) -> Score:
    """Score results on MPII; see `contracts.Scorer`.

    Args:
        results: a .mat or .h5 file with `preds` `[N, 16, 2]`, one prediction for each annotated
            person in pixels counted from 1; or a .json file of `hyperpose eval`, people in images.
        ground_truth: a .mat file with `pos_gt_src`, `jnt_missing` and `headboxes_src`, or a
            dataset's folder; None: the folder `config.path`.
        metric: `PCKh`, `AUC` or `EPE`, of people in images `mAP`, `PCKh` or `AUC`; the first of
            them where it is None. The names may be written in small letters. Of people in images
            also an installed metric of another name.
    """
    if results.suffix.lower() == ".json":
        return _score_people(results, ground_truth, config, metric)
    chosen = _metric(metric, TABLE_METRICS)
    predicted = read_table(results)
    truth = _truth(ground_truth, config, len(predicted))
    if len(truth.points) != len(predicted):
        raise InputError(
            f"{results} has predictions for {len(predicted)} people, {truth.source} has "
            f"{len(truth.points)}: there must be one for each, in the same order"
        )
    return score_table(predicted, truth, chosen)


def score_table(predicted: pck.Floats, truth: Truth, metric: str = "PCKh") -> Score:
    """Score one prediction for each person.

    Args:
        predicted: `[N, 16, 2]`, pixels counted from 1; NaN is not found.
        metric: one of `TABLE_METRICS`.
    """
    errors = pck.point_errors(predicted, truth.points)
    rates = pck.pck(errors, truth.lengths, THRESHOLD)
    if metric == "PCKh":
        metrics = _with_mean(rates.by_joint) | {"Mean_weighted": rates.weighted_mean(SCORED)}
        metrics = {name: -1.0 if np.isnan(value) else value for name, value in metrics.items()}
    elif metric == "AUC":
        metrics = _with_mean(pck.auc(errors, truth.lengths, THRESHOLD))
    else:
        metrics = _with_mean(np.array([pck.epe(column) for column in errors.T]))
    return Score(metrics, _protocol(metric, errors, truth), {"by joint": _table(errors, truth)})


def _metric(metric: str | None, choices: tuple[str, ...]) -> str:
    if metric is None:
        return choices[0]
    for choice in choices:
        if metric.lower() == choice.lower():
            return choice
    raise InputError(f"there is no metric {metric!r} here: choose one of {', '.join(choices)}")


def _installed(metric: str | None, registry: Registry) -> MetricCall | None:
    """Return the installed metric of that name; None where MPII has its own, or there is none."""
    if metric is None or metric.lower() in {name.lower() for name in PEOPLE_METRICS}:
        return None
    call = metric_call(metric)
    try:
        check(call, registry)
    except UnknownComponentError:
        return None
    return call


def _truth(ground_truth: Path | None, config: DataConfig, count: int) -> Truth:
    if ground_truth is not None and not ground_truth.is_dir():
        return read_truth(ground_truth)
    dataset = _dataset(ground_truth, config)
    images = dataset.images(config.eval_split)
    return truth_of_images(images, count, f"the split {config.eval_split!r} of {dataset.root}")


def _dataset(folder: Path | None, config: DataConfig) -> MPIIDataset:
    dataset = open_dataset(config)
    if folder is not None:
        dataset.root = folder
    return dataset


def _with_mean(by_joint: pck.Floats) -> dict[str, float]:
    return {**by_group(by_joint, GROUPS), "Mean": plain_mean(by_joint[list(SCORED)])}


def _protocol(metric: str, errors: pck.Floats, truth: Truth) -> dict[str, Any]:
    annotated = truth.points[..., 2] > 0
    scored = annotated[:, list(SCORED)]
    lost = np.isinf(errors) & annotated
    on_edge = (truth.points[..., :2] == 0).any(axis=2) & annotated
    common = {
        "dataset": "MPII",
        "ground_truth": truth.source,
        "people": len(truth.points),
        "joints": int(scored.sum()),
        "metric": metric,
        **_HOW[metric],
        "mean": _MEAN,
        "head": "the top of the head alone",
        "not_found": f"{int(lost.sum())} annotated joints have no finite prediction: "
        + ("left out" if metric == "EPE" else "they count as missed"),
        "zero_coordinates": f"{int(on_edge.sum())} annotated joints have x or y = 0: they count "
        f"as they stand, as in the published numbers",
        "origin": "pixels counted from 1, in results and ground truth; nothing is added",
    }
    return common


_HOW: Mapping[str, Mapping[str, str | float]] = {
    "PCKh": {
        "unit": "percent",
        "threshold": THRESHOLD,
        "head_size": "0.6 diagonals of the head box",
        "mean_weighted": "by the number of annotated joints, over the same 14 joints",
    },
    "AUC": {
        "unit": "percent",
        "threshold": "0 to 0.5, step 0.01, trapezoidal rule",
        "head_size": "0.6 diagonals of the head box",
    },
    "EPE": {"unit": "pixels"},
}


def _table(errors: pck.Floats, truth: Truth) -> list[dict[str, Any]]:
    """Return one row a joint."""
    at = {t: pck.pck(errors, truth.lengths, t) for t in (THRESHOLD, 0.1)}
    areas = pck.auc(errors, truth.lengths, THRESHOLD)
    return [
        {
            "joint": name,
            "annotated": int(at[THRESHOLD].annotated[i]),
            "PCKh@0.5": _rounded(at[THRESHOLD].by_joint[i]),
            "PCKh@0.1": _rounded(at[0.1].by_joint[i]),
            "AUC": _rounded(areas[i]),
            "EPE": _rounded(pck.epe(errors[:, i])),
        }
        for i, name in enumerate(MPII.keypoints)
    ]


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 2)


def _score_people(
    results: Path, ground_truth: Path | None, config: DataConfig, metric: str | None
) -> Score:
    registry = get_registry()
    general = _installed(metric, registry)
    chosen = "" if general else _metric(metric, PEOPLE_METRICS)
    if ground_truth is not None and not ground_truth.is_dir():
        raise InputError(
            f"people in images are scored on the dataset's folder: give it with --data instead of "
            f"the file {ground_truth}"
        )
    dataset = _dataset(ground_truth, config)
    samples = dataset.eval_samples()
    humans = read_people(results)
    unknown = set(humans) - {sample.image_id for sample in samples}
    if unknown:
        raise InputError(
            f"{results} has people in images that are not in the split {config.eval_split!r}: "
            f"{', '.join(map(str, sorted(unknown, key=str)[:3]))}"
        )
    head = {"dataset": "MPII", "split": config.eval_split, "images": len(samples)}
    people = {"people": sum(len(sample.keypoints) for sample in samples)}
    if general:
        truth = truth_of(dataset, config.eval_split)
        score = measured(general, truth, humans, dataset.skeleton, registry)
        return replace(score, protocol={**score.protocol, **head, **people})
    numbers = evaluate_people(samples, humans)
    start = "AP" if chosen == "mAP" else chosen
    shown = {k: v for k, v in numbers.items() if k == chosen or k.startswith(f"{start}_")}
    others = [{"metric": k, "value": round(v, 2)} for k, v in numbers.items() if k not in shown]
    return Score(shown, {**head, **people, **people_protocol()}, {"other metrics": others})
