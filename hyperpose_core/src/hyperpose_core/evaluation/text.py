"""The text of a score: its numbers, its protocol, its tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hyperpose_core.contracts import Score
from hyperpose_core.runs import Run

if TYPE_CHECKING:
    from hyperpose_core.evaluation.evaluate import EvalResult

DIGITS = {"percent": 2, "pixels": 2}
"""By the unit that a protocol states; numbers of other units are parts of 1: three digits."""

HIDDEN = ("dataset", "split", "images", "sigma_values", "images_without_predictions_count")
"""Parts of a protocol that another line names."""


def result_lines(result: EvalResult, run: Run) -> Iterator[str]:
    """Yield what is said of an evaluation: numbers, protocol, where pictures and results are."""
    yield from metric_lines(result.metrics, result.protocol)
    where = f"{result.protocol['dataset']} {result.protocol['split']}"
    if result.metrics:
        unit = "in percent, " if result.protocol.get("unit") == "percent" else ""
        yield f"{unit}over {result.images} images of {where}"
    else:
        yield f"not scored: nobody but its authors has the annotations of {where}; hand in"
        yield f"the results, {run.results}"
    shown = {key: value for key, value in result.protocol.items() if key not in HIDDEN}
    yield from ("", *protocol_lines(shown), "")
    for call, score in result.scores.items():
        yield from (call, *score_lines(score), "")
    yield f"pictures: {run.pictures('eval')}   results: {run.results}"


def score_lines(score: Score) -> list[str]:
    """Return what `hyperpose score` prints: AP with three digits, percents and pixels with two."""
    lines = [*metric_lines(score.metrics, score.protocol), "", *protocol_lines(score.protocol)]
    for title, rows in score.tables.items():
        lines += ["", title, *table(rows, _digits(score.protocol))]
    return lines


def metric_lines(metrics: Mapping[str, float], protocol: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each number, with the digits that the protocol's unit has."""
    width, digits = max((len(name) for name in metrics), default=0), _digits(protocol)
    for name, value in metrics.items():
        yield f"{name:{width}}  {_text(value, digits)}"


def _digits(protocol: Mapping[str, Any]) -> int:
    return DIGITS.get(protocol.get("unit", ""), 3)


def table(rows: Sequence[Mapping[str, Any]], digits: int = 3) -> Iterator[str]:
    """Yield the lines of a table whose rows have the same keys."""
    if not rows:
        return
    names = list(rows[0])
    cells = [names, *([_text(row[name], digits) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    left = [isinstance(rows[0][name], str) for name in names]
    for line in cells:
        padded = (
            c.ljust(w) if is_left else c.rjust(w)
            for c, w, is_left in zip(line, widths, left, strict=True)
        )
        yield ("  " + "  ".join(padded)).rstrip()


def protocol_lines(protocol: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each part of a protocol."""
    width = max((len(name) for name in protocol), default=0)
    for name, value in protocol.items():
        yield f"{name.replace('_', ' '):{width}}  {'-' if value is None else _listed(value)}"


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _text(value: Any, digits: int) -> str:
    if value is None:
        return "-"
    if not isinstance(value, float):
        return str(value)
    # + 0.0: a gain of -0.0001 is no loss.
    return f"{round(value, digits) + 0.0:.{digits}f}"


def plain(value: Any) -> Any:
    """Return a copy with NaN and infinity, which JSON does not have, as None."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
