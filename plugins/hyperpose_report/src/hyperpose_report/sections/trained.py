"""What was trained: model, data, counts, and the settings that are not the defaults."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from hyperpose_report.contracts import Content, ReportInput
from hyperpose_report.page.elements import element
from hyperpose_report.page.tables import NOTHING, by_run, table
from hyperpose_report.reading.run import ReportRun, defaults
from hyperpose_report.reading.weights_file import WeightsFile


def section(report: ReportInput) -> Iterator[Content]:
    """Return a table of what it is, one of settings, and a sentence for each damaged file."""
    labels = [run.label for run in report.runs]
    yield by_run(
        "The runs" if len(labels) > 1 else "The run", labels, [_facts(r) for r in report.runs]
    )
    for run in report.runs:
        for problem in (model for model in run.models if isinstance(model, str)):
            yield element("p", f"{run.label}: {problem}", class_="missing")
        if not run.models:
            text = f"{run.label}: no trained model yet. hyperpose train {run.run.words}"
            yield element("p", text, class_="missing")
    yield _settings(report)


def _facts(run: ReportRun) -> dict[str, Any]:
    """Return what is known of a run; what is not is left out."""
    settings, told, trained = run.settings, run.told, bool(run.metrics.train)
    facts = {
        "model": settings.get("model.type"),
        "backbone": settings.get("model.backbone") or "the model's default",
        "began with": settings.get("model.weights"),
        **_model(run),
        "input": "x".join(map(str, settings.get("model.input_size") or ())) or "the default",
        "dataset": _dataset(settings),
        "training images": told.images,
        "steps": max((int(line["step"]) for line in run.metrics.train), default=None),
        "images a step and worker": settings.get("train.batch_size") if trained else None,
        "began": told.begun or None,
        "ended": f"{told.ended}, {told.reason}" if told.ended else None,
        "best while training": _best(run),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _model(run: ReportRun) -> dict[str, Any]:
    whole = [model for model in run.models if isinstance(model, WeightsFile)]
    if not whole:
        return {}
    newest = whole[0]
    written = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(newest.modified))
    return {
        "parameters": newest.parameters,
        "model file": f"{newest.name}, {newest.bytes / 2**20:.1f} MiB, {written}",
    }


def _dataset(settings: dict[str, Any]) -> str:
    if several := settings.get("data.datasets"):
        return ", ".join(str(one.get("type")) for one in several)
    version = settings.get("data.version")
    return f"{settings.get('data.type')} {version or ''}".strip()


def _best(run: ReportRun) -> str | None:
    if not (best := run.best):
        return None
    return f"{best.get('metric')} {_number(best.get('score'))} at step {best.get('step')}"


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _settings(report: ReportInput) -> Content:
    keys = sorted({key for run in report.runs for key in run.changed})
    if not keys:
        return element("p", "Every setting has its default.")
    usual = defaults()
    rows = []
    for key in keys:
        values = [run.settings.get(key, NOTHING) for run in report.runs]
        rows.append([key, *map(_text, values), _text(usual.get(key, NOTHING))])
    differs = [number for number, row in enumerate(rows) if len(set(row[1:-1])) > 1]
    labels = [run.label for run in report.runs]
    caption = "Settings that are not the defaults"
    if len(labels) > 1:
        marked = (
            "those in which the runs differ are marked" if differs else "the runs have the same"
        )
        caption += f"; {marked}"
    return table(caption, ["setting", *labels, "default"], rows, differs)


def _text(value: Any) -> str:
    """Return a value as configurations have it; skeletons, which are long, by their names."""
    if isinstance(value, dict) and {"name", "keypoints"} <= set(value):
        return f"{value['name']} ({len(value['keypoints'])} keypoints)"
    if value is None:
        return "none"
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
