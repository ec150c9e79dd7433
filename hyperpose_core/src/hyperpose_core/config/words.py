"""Words: saying which values a type allows."""

from __future__ import annotations

import collections.abc
import typing
from collections.abc import Sequence
from typing import Any

from hyperpose_core.config.calls import Call
from hyperpose_core.config.coerce import is_optional, without_none
from hyperpose_core.skeletons import Skeleton

_WORDS: dict[Any, str] = {
    bool: "true or false",
    int: "an integer",
    float: "a number",
    str: "text",
    dict: "a table of plain data (text, numbers, true, false, lists, tables)",
    collections.abc.Callable: "a function or class, from Python only",
    Skeleton: "a hyperpose_core.Skeleton, a TOML file that describes one, or a table with name, "
    "keypoints, limbs, flip_pairs, sigmas, derived",
    Any: "a class or an object, from Python only",
}
_PLURALS: dict[Any, str] = {int: "integers", float: "numbers", str: "texts"}


def describe(hint: Any) -> str:
    """Say in words which values a type allows, besides None."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if is_optional(hint):
        return describe(without_none(hint))
    if origin is tuple and Ellipsis not in arguments:
        return _describe_pair(arguments)
    if origin in (list, tuple):
        return f"a list of {_plural(arguments[0])}"
    if isinstance(hint, type) and issubclass(hint, Call):
        return f"{_a(hint.word)} ({hint.examples}, or a table with a name and arguments)"
    return _WORDS.get(hint if origin is None else origin, getattr(hint, "__name__", str(hint)))


def _plural(hint: Any) -> str:
    if issubclass(hint, Call):
        return f"{hint.word}s ({hint.examples}, or a table with a name and arguments)"
    return _PLURALS.get(hint, "tables")


def _a(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def _describe_pair(arguments: tuple[Any, ...]) -> str:
    count = {2: "two"}.get(len(arguments), str(len(arguments)))
    example = ' ([432, 368] or "432x368")' if arguments == (int, int) else ""
    return f"{count} {_PLURALS[arguments[0]]}{example}"


def either(words: Sequence[str]) -> str:
    """Write a choice: `a`, `a or b`, `a, b or c`."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
