"""The error split: which errors cost how much AP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hyperpose_report.contracts import Content, ReportInput
from hyperpose_report.page.bars import bars
from hyperpose_report.page.elements import Element, element
from hyperpose_report.page.tables import shown, table
from hyperpose_report.sections.measured import colours_of, measurable

EXPLAINED = (
    "What AP would gain if one kind of error were corrected after the other, from the top; "
    "together with AP the bars make 1. Inexact are points that are good, but not in their "
    "place. After Ronchi and Perona, arXiv 1707.05388."
)
LACKS = "what lacks to AP 1"


def section(report: ReportInput) -> Iterator[Content]:
    """Return bars of what each kind of error costs, and a table a run."""
    there, missing = measurable(report)
    yield missing
    splits = {label: people.errors for label, people in there.items()}
    if not splits:
        return
    labels = list(splits)
    rows = {label: split.tables[LACKS] for label, split in splits.items()}
    costs: dict[str, list[float | None]] = {
        "AP": [split.metrics["AP"] for split in splits.values()]
    }
    for number, row in enumerate(rows[labels[0]]):
        costs[row["error"]] = [rows[label][number]["gain in turn"] for label in labels]
    yield element("p", EXPLAINED)
    colours = {label: colours_of(report)[label] for label in labels}
    chart = bars("AP, and what each error costs", costs, colours)
    yield element("div", chart, [_table(label, rows[label]) for label in labels], class_="charts")


def _table(label: str, rows: Sequence[Mapping[str, Any]]) -> Element:
    columns = list(rows[0])
    cells = [[_cell(row[name]) for name in columns] for row in rows]
    return table(f"{label}: {LACKS}", columns, cells)


def _cell(value: object) -> str:
    return shown(value, 3) if isinstance(value, float) else shown(value)
