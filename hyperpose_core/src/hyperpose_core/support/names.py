"""Names that people type: which spellings are the same, and which known name is nearest."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def normalize(name: str) -> str:
    """Return the form in which spellings compare: case, `-` and `_` do not matter."""
    return name.casefold().replace("-", "").replace("_", "")


def nearest(name: str, choices: Iterable[str], count: int = 3) -> list[str]:
    """Return the most similar of the choices, the most similar first; none where none is close."""
    spelled = {normalize(choice): choice for choice in choices}
    return [spelled[key] for key in difflib.get_close_matches(normalize(name), spelled, n=count)]


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """Return `"; did you mean 'a' or 'b'?"`, or nothing where no choice is close."""
    found = nearest(name, choices)
    return f"; did you mean {' or '.join(map(repr, found))}?" if found else ""
