"""A JSON document whose long lists are read in parts: the whole would take many times its size.

Python's own decoder reads one entry after another out of the text. Whatever is not in order in the
document is `IrregularError`; who reads it whole then finds out what.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hyperpose_core.errors import DataError

AT_ONCE = 4096
"""Entries of a list that are given together."""
_SPACE = re.compile(r"[ \t\n\r]*")


class IrregularError(Exception):
    """The text is no JSON object, or has a key twice."""


def read_bytes(path: Path) -> bytes:
    """Return the content of a file; DataError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read the annotations {path}: {error.strerror or error}") from error


def decoded(path: Path, content: bytes) -> str:
    """Return the text of a JSON file, in whichever of the encodings it may have.

    Raises:
        DataError: it is in none of them.
    """
    try:
        return content.decode(json.detect_encoding(content), "surrogatepass")
    except ValueError as error:
        raise DataError(f"{path} is not JSON: {error}") from error


def parts(text: str) -> Iterator[tuple[str, Any]]:
    """Yield keys and values of the object: of lists one part or more, of at most `AT_ONCE` entries.

    Raises:
        IrregularError: see there; what was yielded before may be right.
    """
    try:
        yield from _parts(text)
    except (ValueError, IndexError, RecursionError) as error:
        raise IrregularError from error


def _parts(text: str) -> Iterator[tuple[str, Any]]:
    decode, seen = json.JSONDecoder().raw_decode, set()
    place = _past(text, _past(text, 0, ""), "{")
    while text[place] != "}":
        key, place = decode(text, place)
        if not isinstance(key, str) or key in seen:
            raise ValueError(key)
        seen.add(key)
        place = _past(text, _past(text, place, ""), ":")
        if text[place] == "[":
            place = yield from _list_parts(text, key, _past(text, place, "["), decode)
        else:
            value, place = decode(text, place)
            yield key, value
        place = _after_value(text, place, "}")
    if _past(text, place, "}") != len(text):
        raise ValueError(place)


def _list_parts(text: str, key: str, place: int, decode: Any) -> Any:
    entries: list[Any] = []
    while text[place] != "]":
        entry, place = decode(text, place)
        entries.append(entry)
        place = _after_value(text, place, "]")
        if len(entries) == AT_ONCE:
            yield key, entries
            entries = []
    yield key, entries
    return place + 1


def _after_value(text: str, place: int, end: str) -> int:
    """Return where the next value begins, or the end of what the value is in."""
    if text.startswith(", ", place):
        place += 2
    else:
        place = _past(text, place, "")
        if text[place] == end:
            return place
        place = _past(text, place, ",")
    if text[place] == end:
        raise ValueError(place)
    return place if text[place] > " " else _past(text, place, "")


def _past(text: str, place: int, mark: str) -> int:
    """Return the place after a mark that must be there, and after white space."""
    if not text.startswith(mark, place):
        raise ValueError(place)
    found = _SPACE.match(text, place + len(mark))
    return place if found is None else found.end()
