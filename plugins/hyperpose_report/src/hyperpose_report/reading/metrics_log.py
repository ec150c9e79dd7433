"""The lines of `metrics.jsonl`, and how a training ended, as `log.txt` has it."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TRAIN, EVALUATE = "train", "evaluate"
_ENDED = re.compile(
    r"^(?P<when>\S+ \S+) (?P<reason>finished|stopped early|interrupted|failed) at step "
    r"(?P<step>\d+)\. (?P<message>.*)$"
)
_BEGUN = re.compile(
    r"^(?P<when>\S+ \S+) training .+? on (?P<images>\d+) images of .+?"
    r"(?: with (?P<workers>\d+) workers)?$"
)


@dataclass(frozen=True)
class MetricsLog:
    """Both kinds of lines, in order.

    Args:
        train, evaluate: the objects, each with the numbers `step` and `time`.
        damaged: how many lines are no such objects.
    """

    train: Sequence[dict[str, Any]]
    evaluate: Sequence[dict[str, Any]]
    damaged: int = 0

    def points(self, kind: str, name: str) -> list[tuple[float, float]]:
        """Return step and value of a number, where a line has it."""
        lines = self.train if kind == TRAIN else self.evaluate
        return [(line["step"], line[name]) for line in lines if is_number(line.get(name))]

    def names(self, kind: str) -> list[str]:
        """Return the names of numbers, in the order in which they come."""
        lines = self.train if kind == TRAIN else self.evaluate
        names = dict.fromkeys(name for line in lines for name, v in line.items() if is_number(v))
        return [name for name in names if name not in ("step", "time")]


def read_log(path: Path) -> MetricsLog:
    """Read the lines; none where there is no file."""
    lines = [_line(text) for text in _lines(path)]
    whole = [line for line in lines if line is not None]
    train, evaluate = ([x for x in whole if x["kind"] == kind] for kind in (TRAIN, EVALUATE))
    return MetricsLog(train, evaluate, damaged=len(lines) - len(whole))


def _line(text: str) -> dict[str, Any] | None:
    """Return one line; None where it is damaged."""
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(line, dict) or line.get("kind") not in (TRAIN, EVALUATE):
        return None
    ordered = all(is_number(line.get(n)) and math.isfinite(line[n]) for n in ("step", "time"))
    return line if ordered else None


def is_number(value: Any) -> bool:
    """Say whether a value is a number that charts can count with, and no truth value."""
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= sys.float_info.max
    return isinstance(value, float)


@dataclass(frozen=True)
class Told:
    """What `log.txt` says of a training.

    Args:
        begun: when it began first.
        images: how many it was trained on.
        workers: how many trained it.
        ended: when it ended last; empty where no end was told.
        reason: why.
        message: the verdict on its speed, or the error.
    """

    begun: str = ""
    images: int | None = None
    workers: int = 1
    ended: str = ""
    reason: str = ""
    message: str = ""


def told(path: Path) -> Told:
    """Read when a training began and how it ended last; of one that goes on, no end."""
    told = Told()
    for line in _lines(path):
        if found := _BEGUN.match(line):
            begun, workers = told.begun or found["when"], int(found["workers"] or 1)
            told = Told(begun, int(found["images"]), workers)
        elif found := _ENDED.match(line):
            end = found["when"], f"{found['reason']} at step {int(found['step']):,}"
            told = Told(told.begun, told.images, told.workers, *end, found["message"])
    return told


def _lines(path: Path) -> Iterator[str]:
    if path.is_file():
        with path.open(encoding="utf-8", errors="replace") as file:
            yield from (line.rstrip("\n") for line in file if line.strip())
