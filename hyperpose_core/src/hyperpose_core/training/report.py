"""Reports on batches whose loss or gradient is not finite: as data, and as a sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hyperpose_core.config import TrainConfig
from hyperpose_core.training.diagnosis import GREW, Diagnosis
from hyperpose_core.training.samples import Images

if TYPE_CHECKING:
    from hyperpose_core.contracts import Batch

NAMED = 4
"""How many samples a message names."""
ANNOTATION = "an annotation is not finite"


def report_of(
    found: Diagnosis,
    batch: Batch,
    images: Images,
    step: int,
    worker: int,
    rate: float,
    losses: Mapping[str, float],
) -> dict[str, Any]:
    """Return what is known of a bad batch, as plain data: `report.json`.

    Args:
        losses: of the step; none where the batch was not trained on.
    """
    names = [(images.ids[n], images.source.paths[n]) for n in images.of(batch)]
    return {
        "step": step,
        "worker": worker,
        "what": _what(losses),
        "where": found.where() if losses else "",
        "losses": dict(losses),
        "learning_rate": rate,
        "found": found.found,
        "diverged": found.diverged,
        "diagnosis": found.to_dict(),
        "samples": [
            {"id": name, "path": path, "not_finite": found.data.get(i, [])}
            for i, (name, path) in enumerate(names)
        ],
    }


def sentence(report: Mapping[str, Any], train: TrainConfig) -> str:
    """Return what happened, where, on which images, why, and what to do."""
    bad = [sample for sample in report["samples"] if sample["not_finite"]]
    images = _named(bad or report["samples"])
    begin = f"{report['what']}: {report['where']}{'; ' if report['where'] else ''}"
    if bad:
        return f"{begin}not finite in its batch: {images}. Mend or remove it."
    slower = (
        f"lower train.learning_rate (now {train.learning_rate:g}) or train.clip_norm (now "
        f"{train.clip_norm:g})"
    )
    if report["diagnosis"]["weights"]:
        return (
            f"{begin}the optimizer {train.optimizer} made them so of finite gradients: take "
            f"another, or {slower}. Its batch: {images}."
        )
    if report["diverged"]:
        growth = _growth(report["diagnosis"])
        return f"{begin}the training diverged ({growth}): {slower}. Its batch: {images}."
    return f"{begin}its batch: {images}. Look at these images, or {slower}."


def poison(images: Images) -> str:
    """Return a sentence on annotations that are not finite."""
    bad = list(images.poisoned.items())
    named = "; ".join(f"{images.name(number)}: {text}" for number, text in bad[:NAMED])
    return (
        f"{len(bad)} of {len(images.source)} training images have annotations that are not finite: "
        f"{named}{_more(len(bad))}. Mend or remove them (a keypoint that is not annotated has "
        f"visibility 0), or leave their batches out with --skip-bad-batches N"
    )


def _what(losses: Mapping[str, float]) -> str:
    bad = [name for name, value in losses.items() if not math.isfinite(value)]
    if not losses:
        return ANNOTATION
    return f"the {'gradient' if set(bad) <= {'gradient_norm'} else 'loss'} is not finite"


def _named(samples: list[dict[str, Any]]) -> str:
    texts = [
        f"id {sample['id']!r} ({sample['path']})"
        + (f": {', '.join(sample['not_finite'])}" if sample["not_finite"] else "")
        for sample in samples[:NAMED]
    ]
    return "; ".join(texts) + _more(len(samples))


def _more(count: int) -> str:
    return f" and {count - NAMED} more" if count > NAMED else ""


def _growth(diagnosis: Mapping[str, Any]) -> str:
    recent, largest = diagnosis["recent"], diagnosis["largest_weight"]
    grew = ""
    if recent and recent[-1] > GREW * min(recent):
        grew = f"the loss went from {min(recent):.3g} to {recent[-1]:.3g}, "
    return f"{grew}the largest weight is {largest:.3g}"
