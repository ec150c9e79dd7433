"""Curves: losses, learning rate, and the scores of the evaluations while training."""

from __future__ import annotations

from collections.abc import Iterator

from hyperpose_report.contracts import Content, ReportInput
from hyperpose_report.page.charts import Series, line_chart
from hyperpose_report.page.elements import Element, element
from hyperpose_report.page.tables import shown, table
from hyperpose_report.reading.metrics_log import EVALUATE, TRAIN
from hyperpose_report.reading.run import ReportRun

OTHER = ("images_per_second", "data_wait", "loss_scale", "images", "seconds")
"""Numbers of the lines that are neither losses nor scores; another section has them."""


def section(report: ReportInput) -> Iterator[Content]:
    """Return a chart a number, and tables of where each begins and ends."""
    for run in report.runs:
        yield [element("p", f"{run.label}: {text}", class_="missing") for text in _lacking(run)]
    while_trained = _names(report, TRAIN)
    scores = [name for name in _names(report, EVALUATE) if name not in while_trained]
    charts = [_chart(report, name, (TRAIN, EVALUATE)) for name in while_trained]
    charts += [_chart(report, name, (EVALUATE,)) for name in scores]
    shown_at_once = len(while_trained) + 1  # the official number is the first
    if charts:
        yield element("div", charts[:shown_at_once], class_="charts")
    if more := charts[shown_at_once:]:
        summary = element("summary", f"{len(more)} further scores while training")
        yield element("details", summary, element("div", more, class_="charts"))
    yield _numbers(report, TRAIN, "First, last, least and largest numbers of the log")
    yield _numbers(report, EVALUATE, "First, last, least and largest scores while training")


def _lacking(run: ReportRun) -> Iterator[str]:
    log = run.metrics
    if log.damaged:
        yield f"{log.damaged} damaged lines of {run.run.metrics} are left out."
    if not log.train:
        yield "nothing was logged while it was trained: there is no curve."
    elif not log.evaluate:
        yield (
            "it was not scored while it was trained; --set train.eval_interval=N scores it every "
            "N steps."
        )


def _chart(report: ReportInput, name: str, kinds: tuple[str, ...]) -> Element:
    words, alone = name.replace("_", " "), len(report.runs) == 1
    series = []
    for dash, kind in enumerate(kinds):
        what = "training" if kind == TRAIN else "validation"
        for number, run in enumerate(report.runs):
            if points := run.metrics.points(kind, name):
                label = what if alone else f"{run.label}, {what}"
                series.append(Series(label, points, number, dash))
    return line_chart(words, series, "step", words, log=TRAIN in kinds)


def _names(report: ReportInput, kind: str) -> list[str]:
    names = dict.fromkeys(n for run in report.runs for n in run.metrics.names(kind))
    return [name for name in names if name not in OTHER]


def _numbers(report: ReportInput, kind: str, caption: str) -> Element | None:
    rows = []
    for name in _names(report, kind):
        for run in report.runs:
            if points := run.metrics.points(kind, name):
                values = [value for _, value in points]
                ends = shown(values[0]), shown(values[-1]), shown(min(values)), shown(max(values))
                rows.append([name, run.label, len(values), *ends])
    if not rows:
        return None
    columns = ["number", "run", "lines", "first", "last", "least", "largest"]
    return element("details", element("summary", caption), table(caption, columns, rows))
