"""Keypoints: how many of each are good, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hyperpose_report.contracts import Content, ReportInput
from hyperpose_report.page.bars import bars
from hyperpose_report.page.elements import Element, element
from hyperpose_report.page.tables import NOTHING, table
from hyperpose_report.sections.measured import colours_of, measurable

TABLE = "keypoints of matched people"


def section(report: ReportInput) -> Iterator[Content]:
    """Return the share of good ones as bars, and counts of all kinds in a table a run."""
    there, missing = measurable(report)
    yield missing
    if not there:
        return
    tables = {label: people.errors.tables[TABLE] for label, people in there.items()}
    names = dict.fromkeys(row["keypoint"] for rows in tables.values() for row in rows)
    shares = {
        name: [
            _share(next((r for r in rows if r["keypoint"] == name), {})) for rows in tables.values()
        ]
        for name in names
    }
    yield element(
        "p", "Of people who were matched with a prediction; the error split tells what is good."
    )
    colours = {label: colours_of(report)[label] for label in tables}
    chart = bars("Share of good keypoints", shares, colours, 2, whole=1.0)
    counts = [_table(label, rows) for label, rows in tables.items()]
    yield element("div", chart, counts, class_="charts")


def _table(label: str, rows: Sequence[Mapping[str, Any]]) -> Element:
    kinds = [name for name in rows[0] if name != "keypoint"]
    cells = [[row["keypoint"], _percent(row), *(row[kind] for kind in kinds)] for row in rows]
    return table(f"{label}: {TABLE}", ["keypoint", "good, %", *kinds], cells)


def _share(row: Mapping[str, Any]) -> float | None:
    counts = [value for name, value in row.items() if name != "keypoint"]
    return row["good"] / sum(counts) if sum(counts) else None


def _percent(row: Mapping[str, Any]) -> str:
    share = _share(row)
    return NOTHING if share is None else f"{100 * share:.1f}"
