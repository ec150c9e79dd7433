"""Columns: the values of many entries of a file at once, where all of them are as they must be.

A column is None where a value may be wrong, or is written in a way that is rare: then the entries
are taken one by one, by `Checked`, which knows what is allowed and says which entry is not so. What
a column holds is what `Checked` would give, to the bit.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco.form.checked import is_text

AT_ONCE = 4096
"""Entries that are taken together."""


def values_of(entries: Sequence[Any], key: str, default: Any = None) -> list[Any] | None:
    """Return what entries have at a key; None where one of them is no object."""
    if set(map(type, entries)) <= {dict}:
        return [entry.get(key, default) for entry in entries]
    return None


def names(values: Sequence[Any] | None) -> list[int | str] | None:
    """Return values if each can name something, as `Checked.name`."""
    if values is None:
        return None
    kinds = set(map(type, values))
    if kinds <= {int} or (kinds <= {int, str} and all(map(_is_name, values))):
        return list(values)
    return None


def _is_name(value: Any) -> bool:
    return type(value) is int or is_text(value)


def numbers(
    values: Sequence[Any] | None, count: int, kind: type = np.float32
) -> NDArray[Any] | None:
    """Return lists of `count` finite numbers each as `[N, count]`, as `Checked.numbers`."""
    try:
        array = np.array(values)
    except (ValueError, OverflowError):
        return None
    if values is None or array.shape != (len(values), count) or array.dtype.kind not in "iuf":
        return None
    with np.errstate(over="ignore"):
        array = array.astype(kind)
    # Among numbers, True and False pass for some.
    logical = np.flatnonzero(((array == 0) | (array == 1)).all(axis=1))
    if not np.isfinite(array).all() or any(type(values[n][0]) is bool for n in logical.tolist()):
        return None
    return array


def scores(values: Sequence[Any] | None) -> NDArray[np.float64] | None:
    """Return finite numbers, as `Checked.number`."""
    if values is None or not set(map(type, values)) <= {int, float}:
        return None
    return np.array(values, float) if all(abs(value) < 1e300 for value in values) else None


def areas(values: Sequence[Any] | None) -> NDArray[np.float64] | None:
    """Return numbers of pixels, as `Checked.area`."""
    if values is None or not set(map(type, values)) <= {int, float}:
        return None
    return np.array(values, float) if all(0 <= value < 1e12 for value in values) else None


def whole(values: Sequence[Any] | None, low: int, high: int) -> NDArray[np.int64] | None:
    """Return whole numbers from `low` to `high`, as `Checked.whole`."""
    if values is None or not set(map(type, values)) <= {int}:
        return None
    within = low <= min(values, default=low) and max(values, default=high) <= high
    return np.array(values, np.int64) if within else None


@contextmanager
def without_collector() -> Iterator[None]:
    """Leave out Python's search for unreachable circles while many thousands of objects are made.

    They would be searched again and again, which takes a third of the time of reading a large file,
    and in what is made of JSON there is no circle.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
