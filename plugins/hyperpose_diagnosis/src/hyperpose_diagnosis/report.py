"""Reports on batches whose loss or gradient is not finite: as data, and as a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hyperpose_core.contracts.events import NotFiniteEvent
from hyperpose_diagnosis.diagnosis import GREW, Diagnosis
from hyperpose_training.steps.not_finite import named, slower


def report_of(found: Diagnosis, event: NotFiniteEvent) -> dict[str, Any]:
    """Return what is known of a bad batch, as plain data: `report.json`."""
    return {
        "step": event.step,
        "worker": event.worker,
        "what": event.what,
        "where": found.where() if event.losses else "",
        "losses": dict(event.losses),
        "learning_rate": event.learning_rate,
        "found": found.found,
        "diverged": found.diverged,
        "diagnosis": found.to_dict(),
        "samples": [
            {"id": name, "path": path, "not_finite": found.data.get(i, [])}
            for i, (name, path) in enumerate(event.samples)
        ],
    }


def sentence(report: Mapping[str, Any], event: NotFiniteEvent) -> str:
    """Return what happened, where, on which images, why, and what to do."""
    bad = [sample for sample in report["samples"] if sample["not_finite"]]
    begin = f"{report['what']}: {report['where']}{'; ' if report['where'] else ''}"
    if bad:
        images = named([(s["id"], s["path"]) for s in bad], [s["not_finite"] for s in bad])
        return f"{begin}not finite in its batch: {images}. Mend or remove it."
    images = named(event.samples)
    if report["diverged"]:
        growth = _growth(report["diagnosis"])
        return f"{begin}the training diverged ({growth}): {slower(event)}. Its batch: {images}."
    return f"{begin}its batch: {images}. Look at these images, or {slower(event)}."


def _growth(diagnosis: Mapping[str, Any]) -> str:
    recent, largest = diagnosis["recent"], diagnosis["largest_weight"]
    grew = ""
    if recent and recent[-1] > GREW * min(recent):
        grew = f"the loss went from {min(recent):.3g} to {recent[-1]:.3g}, "
    return f"{grew}the largest weight is {largest:.3g}"
