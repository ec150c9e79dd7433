"""Scales of charts: from numbers to places, and the numbers that stand beside the axis."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

DECADES = 1.5
"""Powers of ten over which positive values are drawn on a logarithmic scale."""


@dataclass(frozen=True)
class Scale:
    """From values to places.

    Args:
        low, high: the values at the ends, `low < high`.
        begin, end: the places of the ends.
        logarithmic: both ends are above 0.
    """

    low: float
    high: float
    begin: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        """Return the place of a value, to a tenth."""
        low, high, at = (self._on(v) for v in (self.low, self.high, value))
        return round(self.begin + (at - low) / (high - low) * (self.end - self.begin), 1)

    def _on(self, value: float) -> float:
        return math.log10(value) if self.logarithmic else value

    @property
    def ticks(self) -> list[float]:
        """Round values for the axis, some five of them; powers of ten of a logarithmic one."""
        if not self.logarithmic:
            return _round_values(self.low, self.high)
        first, last = math.floor(self._on(self.low)), math.ceil(self._on(self.high))
        digits = (1, 2, 5) if self._on(self.high) - self._on(self.low) < 2.5 else (1,)
        decades = range(first, last + 1, math.ceil((last - first + 1) / 10))
        values = [digit * 10.0**decade for decade in decades for digit in digits]
        return [v for v in values if self.low <= v <= self.high]


def scale_of(
    values: Iterable[float], begin: float, end: float, *, zero: bool = False, log: bool = False
) -> Scale:
    """Return the scale on which values fill an axis.

    Args:
        zero: begin at 0 where the values are not far from it.
        log: draw positive values logarithmically where they span more than `DECADES`.
    """
    found = list(values)
    low, high = min(found), max(found)
    if log and low > 0 and math.log10(high / low) > DECADES:
        return Scale(low, high, begin, end, logarithmic=True)
    if zero and 0 < low < 0.5 * high:
        low = 0.0
    if low == high:
        room = abs(low) / 10 or 0.5
        low, high = low - room, high + room
    return Scale(low, high, begin, end)


def _round_values(low: float, high: float) -> list[float]:
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * digit for digit in (1, 2, 2.5, 5, 10) if power * digit >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def tick_text(value: float) -> str:
    """Return a tick as a short text."""
    if value and not 1e-3 <= abs(value) < 1e5:
        digits, power = f"{value:.2e}".split("e")
        return f"{float(digits):g}e{int(power)}"
    return f"{value:.6g}"
