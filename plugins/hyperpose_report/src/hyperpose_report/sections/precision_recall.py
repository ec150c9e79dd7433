"""Precision and recall, at two thresholds of OKS and over all of them."""

from __future__ import annotations

from collections.abc import Iterator

from hyperpose_report.contracts import Content, ReportInput
from hyperpose_report.page.charts import Series, line_chart
from hyperpose_report.page.elements import element
from hyperpose_report.page.tables import by_run, shown
from hyperpose_report.reading.measuring import precision_recall
from hyperpose_report.sections.measured import colours_of, measurable

DRAWN = ("0.50", "0.75", "mean")


def section(report: ReportInput) -> Iterator[Content]:
    """Return a chart with three lines a run, and average precision by threshold."""
    there, missing = measurable(report)
    yield missing
    if not there:
        return
    curves = {label: precision_recall(people) for label, people in there.items()}
    colours = colours_of(report)
    alone = len(report.runs) == 1
    series = [
        Series(
            f"{'' if alone else label + ', '}{_name(threshold)}",
            list(zip(curve.recall.tolist(), curve.precision[threshold].tolist(), strict=True)),
            dash if alone else colours[label],
            dash,
        )
        for label, curve in curves.items()
        for dash, threshold in enumerate(DRAWN)
    ]
    ends = (0.0, 1.0)
    chart = line_chart(
        "Precision over recall", series, "recall", "precision", x_range=ends, y_range=ends
    )
    columns = [{_name(t): shown(ap, 3) for t, ap in curve.ap.items()} for curve in curves.values()]
    numbers = by_run("Average precision by OKS, over all areas", list(curves), columns)
    yield element("div", chart, numbers, class_="charts")


def _name(threshold: str) -> str:
    return "mean of 0.50 to 0.95" if threshold == "mean" else f"OKS {threshold}"
