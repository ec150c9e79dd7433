"""Categories of a file in COCO's form: which keypoints its annotations have, and the limbs."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hyperpose_coco.form.annotations import read_list
from hyperpose_core.errors import DataError


@dataclass(frozen=True)
class Category:
    """One kind of thing that is annotated.

    Args:
        keypoints: names, none where the file has none.
        limbs: pairs of indices from 0.
        flip_pairs: pairs of names that change places in a mirrored image though they do not say so.
    """

    id: int | str
    name: str
    keypoints: tuple[str, ...]
    limbs: tuple[tuple[int, int], ...]
    flip_pairs: tuple[tuple[str, str], ...] = ()


def find_category(path: Path, name: str | None) -> Category:
    """Return the category of a file that is called so, or its only one with keypoints.

    Raises:
        DataError: the file cannot be read or an entry is malformed; there is no such category, or
            several and no name.
    """
    found = read_categories(path)
    if name is not None:
        named = [category for category in found if category.name == name]
    else:
        named = [category for category in found if category.keypoints] or list(found)
    if len(named) == 1:
        return named[0]
    listed = ", ".join(repr(category.name) for category in named or found) or "none"
    if name is None:
        raise DataError(
            f"{path} has {len(named)} categories ({listed}): say which: "
            f"--set data.options.category={named[0].name if named else 'NAME'}, or --category of "
            f"convert and estimate-sigmas"
        )
    raise DataError(f"{path} has no single category {name!r}: it has {listed}")


def read_categories(path: Path) -> tuple[Category, ...]:
    """Read the categories of a file; kept in memory as long as the file stays as it is."""
    try:
        status = path.stat()
    except OSError as error:
        raise DataError(f"cannot read the annotations {path}: {error.strerror or error}") from error
    return _read(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=16)
def _read(path: Path, changed: int, size: int) -> tuple[Category, ...]:
    return tuple(_categories(path))


def _categories(path: Path) -> Iterator[Category]:
    for number, entry in enumerate(read_list(path, "categories")):
        where = f"{path}: category {number}"
        if not isinstance(entry, dict):
            raise DataError(f"{where} is not an object")
        name, key = entry.get("name"), entry.get("id")
        if not isinstance(name, str) or not name:
            raise DataError(f"{where}: 'name' is {name!r:.60}; it must be a text")
        if type(key) is not int and not isinstance(key, str):
            raise DataError(f"{where} ({name!r}): 'id' is {key!r:.60}; it must be a whole number")
        names = _keypoints(entry.get("keypoints"), f"{where} ({name!r})")
        limbs = tuple(_limbs(entry.get("skeleton"), len(names), f"{where} ({name!r})"))
        yield Category(key, name, names, limbs, _flips(entry.get("flip_pairs"), where))


def _keypoints(value: Any, where: str) -> tuple[str, ...]:
    value = [] if value is None else value
    if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
        raise DataError(f"{where}: 'keypoints' is {value!r:.60}; it must be a list of names")
    if len(set(value)) != len(value):
        raise DataError(f"{where}: 'keypoints' names one twice: {', '.join(value)}")
    return tuple(value)


def _limbs(value: Any, count: int, where: str) -> Iterator[tuple[int, int]]:
    """Yield pairs of indices from 0; the file counts from 1, or from 0 if that occurs in it."""
    if value is not None and not isinstance(value, list):
        raise DataError(f"{where}: 'skeleton' is {value!r:.60}; it must be a list of pairs")
    pairs = value or [] if count else []
    base = 0 if any(isinstance(pair, list) and 0 in pair for pair in pairs) else 1
    for pair in pairs:
        fits = isinstance(pair, list) and len(pair) == 2 and all(type(end) is int for end in pair)
        if not fits or not all(base <= end < base + count for end in pair) or pair[0] == pair[1]:
            raise DataError(
                f"{where}: 'skeleton' has {pair!r:.60}; it must be pairs of two different "
                f"keypoints, counted from {base} to {base + count - 1}"
            )
        yield pair[0] - base, pair[1] - base


def _flips(value: Any, where: str) -> tuple[tuple[str, str], ...]:
    """Read the pairs that `hyperpose convert` writes; COCO's form does not know them."""
    pairs = [] if value is None else value
    if not isinstance(pairs, list) or not all(_is_pair_of_names(pair) for pair in pairs):
        raise DataError(f"{where}: 'flip_pairs' is {value!r:.60}; it must be pairs of keypoints")
    return tuple((first, second) for first, second in pairs)


def _is_pair_of_names(pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(end, str) for end in pair)
