"""Tables that scroll in a box of their own, and the texts of numbers in them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hyperpose_report.page.elements import Content, Element, element

NOTHING = "–"  # noqa: RUF001 - a dash as print has it


def table(
    caption: str,
    columns: Sequence[Content],
    rows: Iterable[Sequence[Any]],
    marked: Iterable[int] = (),
) -> Element:
    """Return a table whose first column heads its rows.

    Args:
        columns: the headings.
        rows: as many cells each; numbers are aligned at the right.
        marked: indices of rows that are set apart: what differs between runs.
    """
    apart, cells = set(marked), [list(row) for row in rows]
    right = [bool(cells) and all(_is_number(r[i]) for r in cells) for i in range(len(columns))]
    head = element("tr", [_cell("th", c, r, "col") for c, r in zip(columns, right, strict=True)])
    body = [
        element(
            "tr",
            _cell("th", row[0], right[0], "row"),
            [_cell("td", c, r) for c, r in zip(row[1:], right[1:], strict=True)],
            class_="differs" if number in apart else None,
        )
        for number, row in enumerate(cells)
    ]
    parts = element("caption", caption), element("thead", head), element("tbody", body)
    whole = element("table", *parts)
    # A box that scrolls is reached by the keyboard only if it can have the focus.
    return element("div", whole, class_="scroll", role="region", aria_label=caption, tabindex=0)


def by_run(
    caption: str,
    labels: Sequence[str],
    columns: Sequence[Mapping[str, Any]],
    *,
    mark: bool = False,
) -> Element:
    """Return a table of values by name: a column a run.

    Args:
        mark: set rows apart in which the runs differ.
    """
    names = list(dict.fromkeys(name for column in columns for name in column))
    rows = [[name, *(shown(column.get(name)) for column in columns)] for name in names]
    differs = [n for n, row in enumerate(rows) if len({str(cell) for cell in row[1:]}) > 1]
    return table(caption, ["", *labels], rows, differs if mark else ())


def shown(value: Any, digits: int | None = None) -> str:
    """Return a value as a text.

    Args:
        digits: after the point of a number; None: as many as tell it from others.
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return NOTHING
    if isinstance(value, float):
        return f"{value:.6g}" if digits is None else f"{round(value, digits) + 0.0:.{digits}f}"
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value)) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {shown(one)}" for key, one in value.items()) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _cell(name: str, content: Content, right: bool, scope: str | None = None) -> Element:
    return element(name, content, scope=scope, class_="number" if right else None)


def _is_number(cell: Any) -> bool:
    text = str(cell).replace(",", "").rstrip("%").strip()
    if text in ("", NOTHING):
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True
