"""Rules: which values a setting allows beyond its type, and the types of settings that have one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal


@dataclass(frozen=True)
class Rule:
    """A condition on a value that has the right type already, and its wording."""

    holds: Callable[[Any], bool]
    text: str


def at_least(bound: int) -> Rule:
    """Return the rule for a smallest number."""
    return Rule(lambda value: value >= bound, f"{bound} or more")


def between(low: float, high: float) -> Rule:
    """Return the rule for a range, ends included."""
    return Rule(lambda value: low <= value <= high, f"from {low:g} to {high:g}")


def given(text: str, holds: Callable[[Any], bool]) -> Rule:
    """Return the rule for what only Python can hold; None is nothing."""
    return Rule(lambda value: value is None or holds(value), text)


RUN_NAME = (
    "the name of a folder: no slashes, no control characters, no '-' and no blank at its beginning"
)


def is_run_name(name: str) -> bool:
    """Say whether a run may be called so: it becomes a folder, and a word of commands."""
    plain = name.isprintable() and name == name.strip() and not set(name) & set("/\\")
    return plain and name not in ("", ".", "..") and not name.startswith("-")


NotEmpty = Annotated[str, Rule(lambda value: bool(value.strip()), "not empty")]
RunName = Annotated[str, Rule(is_run_name, RUN_NAME)]
From0 = Annotated[int, at_least(0)]
From1 = Annotated[int, at_least(1)]
Seed = Annotated[int, Rule(lambda seed: 0 <= seed < 2**31, "from 0 to 2147483647")]
Positive = Annotated[float, Rule(lambda value: value > 0, "more than 0")]
NotNegative = Annotated[float, at_least(0)]
Part = Annotated[float, between(0, 1)]
Below1 = Annotated[float, Rule(lambda value: 0 <= value < 1, "from 0 to less than 1")]
Inside = Annotated[float, Rule(lambda value: 0 < value < 1, "more than 0 and less than 1")]
Size = Annotated[tuple[int, int], Rule(lambda size: min(size) >= 1, "1 or more each")]
Precision = Literal["float32", "bfloat16", "float16"]
Weights = Literal["newest", "best"]
