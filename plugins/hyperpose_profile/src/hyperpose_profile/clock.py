"""The clock: how long the parts of finding people in an image take."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import numpy as np

_Result = TypeVar("_Result")
WARM_UP = 3
"""How many rounds are not counted: the first of them trace graphs and fill caches."""


@dataclass(frozen=True)
class Spread:
    """Several measurements: their median, and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Return the spread of one value or more."""
        low, median, high = np.percentile(values, (25, 50, 75))
        return cls(float(median), float(low), float(high))

    def to_dict(self) -> dict[str, float]:
        """Return six digits of each."""
        return {name: float(f"{value:.6g}") for name, value in asdict(self).items()}


class Clock:
    """Seconds by part, of each round."""

    def __init__(self) -> None:
        self.rounds: list[dict[str, float]] = []

    def begin(self) -> None:
        """Begin a round."""
        self.rounds.append({})

    def __call__(self, part: str, call: Callable[[], _Result]) -> _Result:
        """Call a function, and count its time to a part of this round."""
        start = time.perf_counter()
        result = call()
        seconds = time.perf_counter() - start
        self.rounds[-1][part] = self.rounds[-1].get(part, 0.0) + seconds
        return result

    def spreads(self, first: int = 0) -> dict[str, Spread]:
        """Return the spread of each part over the rounds, but for the first ones."""
        rounds = self.rounds[first:]
        return {part: Spread.of([one[part] for one in rounds]) for part in rounds[0]}


def as_seconds(spreads: Mapping[str, Spread]) -> dict[str, Any]:
    """Return spreads for JSON."""
    return {part: spread.to_dict() for part, spread in spreads.items()}


def milliseconds(spread: Spread) -> str:
    """Return a spread as text."""
    return f"{_ms(spread.median)} ({_ms(spread.low)} to {_ms(spread.high)})"


def _ms(seconds: float) -> str:
    value = 1000 * seconds
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"
