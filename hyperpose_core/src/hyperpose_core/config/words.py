"""Words: saying which values a type allows."""

from __future__ import annotations

import collections.abc
import typing
from collections.abc import Sequence
from typing import Annotated, Any, Literal

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
    Skeleton: "a hyperpose_core.Skeleton, the name of one that a plugin brings, a TOML file that "
    "describes one, or a table with name, keypoints, limbs, flip_pairs, sigmas, derived",
    Any: "a class or an object, from Python only",
}
_PLURALS: dict[Any, str] = {int: "integers", float: "numbers", str: "texts"}


def describe(hint: Any) -> str:
    """Say in words which values a type allows."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if is_optional(hint):
        return f"{describe(without_none(hint))}, or None"
    if origin is Annotated:
        return f"{describe(arguments[0])}, {arguments[1].text}"
    if origin is Literal:
        return either(arguments)
    if origin is tuple:
        example = ' ([432, 368] or "432x368")' if arguments == (int, int) else ""
        return f"two {_PLURALS[arguments[0]]}{example}"
    if origin is list:
        return f"a list of {_plural(arguments[0])}"
    if isinstance(hint, type) and issubclass(hint, Call):
        return _call(hint, f"{'an' if hint.word[0] in 'aeiou' else 'a'} {hint.word}")
    return _WORDS.get(hint if origin is None else origin, getattr(hint, "__name__", str(hint)))


def _plural(hint: Any) -> str:
    if issubclass(hint, Call):
        return _call(hint, f"{hint.word}s")
    return _PLURALS.get(hint, "tables")


def _call(hint: type[Call], words: str) -> str:
    return f"{words} ({hint.examples}, or a table with a name and arguments)"


def either(words: Sequence[str]) -> str:
    """Write a choice: `a`, `a or b`, `a, b or c`."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
