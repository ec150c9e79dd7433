"""Checked entries: the values of a JSON file, and errors that name the entry they are in."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.errors import DataError


@dataclass(frozen=True)
class Checked:
    """One entry of a file, whose values are checked when they are taken out.

    Args:
        what, index: what the entry is, and its place in the file's list, for messages.
    """

    path: Path
    what: str
    index: int
    entry: Any

    def fail(self, key: str, wanted: str) -> DataError:
        """Return the error that names the entry, what is there and what must be."""
        found, name = "missing", ""
        if not isinstance(self.entry, dict):
            return DataError(
                f"{self.path}: {self.what} {self.index} is {kind_of(self.entry)}, not an object"
            )
        if "id" in self.entry:
            name = f" (id {short(self.entry['id'])})"
        if key in self.entry:
            found = short(self.entry[key])
        return DataError(
            f"{self.path}: {self.what} {self.index}{name}: '{key}' is {found}; it must be {wanted}"
        )

    def is_object(self) -> bool:
        """Say whether the entry is an object at all."""
        return isinstance(self.entry, dict)

    def get(self, key: str) -> Any:
        """Return a value as it is, None where there is none."""
        return self.entry.get(key) if isinstance(self.entry, dict) else None

    def name(self, key: str) -> int | str:
        """Return what names something else: a whole number or a text."""
        value = _whole(self.get(key))
        if type(value) is int or is_text(value):
            return value
        raise self.fail(key, "a whole number or a text")

    def text(self, key: str) -> str:
        """Return a text that is not empty."""
        value = self.get(key)
        if is_text(value):
            return value
        raise self.fail(key, "a text")

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """Return a whole number of a range."""
        value = _whole(self.get(key))
        if value is None and default is not None:
            return default
        if type(value) in (int, bool) and low <= value <= high:
            return int(value)
        raise self.fail(key, f"a whole number from {low} to {high}")

    def numbers(self, key: str, count: int, kind: type = np.float32) -> NDArray[Any]:
        """Return a list of finite numbers; ones too large for the kind count as infinite."""
        try:
            values = np.asarray(self.get(key))
        except (ValueError, OverflowError):
            values = np.zeros(0)
        if values.shape == (count,) and values.dtype.kind in "iuf":
            with np.errstate(over="ignore"):
                values = values.astype(kind)
            if np.isfinite(values).all():
                return values
        raise self.fail(key, f"a list of {count} finite numbers")

    def box(self) -> NDArray[np.float32]:
        """Return `bbox` as `[4]`: x, y, width, height."""
        box = self.numbers("bbox", 4)
        if (box[2:] < 0).any():
            raise self.fail("bbox", "x, y, width, height, with sizes of 0 or more")
        return box

    def number(self, key: str) -> float:
        """Return a finite number."""
        value = self.get(key)
        if type(value) in (int, float) and abs(value) < 1e300:
            return float(value)
        raise self.fail(key, "a finite number")

    def area(self) -> float:
        """Return `area`, in pixels."""
        value = self.get("area")
        if type(value) in (int, float) and 0 <= value < 1e12:
            return float(value)
        raise self.fail("area", "a number of pixels, 0 or more")


def _whole(value: Any) -> Any:
    """Return 5.0 as 5, as programs write that count in floats; everything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_text(value: Any) -> TypeGuard[str]:
    """Say whether a value is a text that is not empty, and that a file can be called."""
    if not isinstance(value, str) or not value or "\0" in value:
        return False
    return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)


def kind_of(value: Any) -> str:
    """Return in words what a value of JSON is."""
    names = {dict: "an object", list: "a list", str: "a text", type(None): "null"}
    return names.get(type(value), "a number")


def short(value: Any) -> str:
    """Return a value as text, cut: it may be as long, deep or large as it likes."""
    return _brief.repr(value)


_brief = reprlib.Repr()
_brief.maxstring = _brief.maxother = _brief.maxlong = 60
