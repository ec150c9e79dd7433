"""Where the time went: waiting for data, the network, validation, and the rest."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from hyperpose_report.contracts import Content, ReportInput
from hyperpose_report.page.bars import parts_bar
from hyperpose_report.page.charts import Series, line_chart
from hyperpose_report.page.elements import element
from hyperpose_report.page.tables import by_run
from hyperpose_report.reading.metrics_log import TRAIN, is_number
from hyperpose_report.reading.run import ReportRun


def section(report: ReportInput) -> Iterator[Content]:
    """Return a bar of parts and the verdict for each run, the speed, and a table."""
    parts = {run.label: time_parts(run) for run in report.runs}
    for run in report.runs:
        if parts[run.label]:
            title = f"{run.label}: from the first to the last line of its log"
            yield parts_bar(title, parts[run.label], "s")
        else:
            text = (
                f"{run.label}: fewer than two lines were logged: where the time went is not known."
            )
            yield element("p", text, class_="missing")
        yield _verdict(run)
    if charts := list(_speed(report)):
        yield element("div", charts, class_="charts")
    measured = {
        label: {f"{n}, s": round(v, 1) for n, v in p.items()} for label, p in parts.items() if p
    }
    if measured:
        yield by_run(
            "Seconds between the first and the last line of the log",
            list(measured),
            list(measured.values()),
        )


def time_parts(run: ReportRun) -> dict[str, float]:
    """Return seconds by part, from the first to the last line of the log; none of too few lines.

    What lies between two lines is taken apart by the means of the second; a line that comes after
    a pause of the training has no more than its steps took.
    """
    lines = run.metrics.train
    pairs = [pair for pair in pairwise(lines) if all(is_number(v) for v in _wanted(pair[1]))]
    if not pairs:
        return {}
    waiting = working = 0.0
    images = _images_per_step(run)
    for before, line in pairs:
        seconds = (line["step"] - before["step"]) * images / max(line["images_per_second"], 1e-9)
        waiting += seconds * line["data_wait"]
        working += seconds * (1 - line["data_wait"])
    begun, ended = lines[0]["time"], lines[-1]["time"]
    scored = sum(
        line["seconds"]
        for line in run.metrics.evaluate
        if is_number(line.get("seconds")) and begun < line["time"] <= ended
    )
    rest = max(ended - begun - waiting - working - scored, 0.0)
    return {
        "waiting for data": waiting,
        "network and update": working,
        "validation": scored,
        "the rest (saving, pictures, pauses)": rest,
    }


def _wanted(line: dict[str, Any]) -> list[Any]:
    return [line.get("images_per_second"), line.get("data_wait")]


def _images_per_step(run: ReportRun) -> int:
    """Return the images of a step of all workers, which the log's speed counts."""
    return int(run.config.train.images_per_step) * run.told.workers


def _verdict(run: ReportRun) -> Content:
    told = run.told
    if not told.ended:
        return element(
            "p",
            f"{run.label}: no end of a training was logged, and so no verdict.",
            class_="missing",
        )
    return element("p", element("strong", f"{run.label}, {told.reason}: "), told.message)


def _speed(report: ReportInput) -> Iterator[Content]:
    for name, title in (
        ("images_per_second", "Images a second"),
        ("data_wait", "Share of waiting for data"),
    ):
        series = [
            Series(run.label, points, number)
            for number, run in enumerate(report.runs)
            if (points := run.metrics.points(TRAIN, name))
        ]
        if series:
            yield line_chart(title, series, "step", title.lower())
