"""Group: base of the settings classes, which checks every value when it is assigned."""

from __future__ import annotations

import difflib
import functools
import typing
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hyperpose_core.config.coerce import MismatchError, coerce, is_optional
from hyperpose_core.config.rules import CHOICES, RULES
from hyperpose_core.config.words import describe, either
from hyperpose_core.errors import ConfigError


class Group:
    """Settings that belong together: a dataclass whose attributes are checked when assigned.

    A value comes out as its setting's type has it (`coerce`), so that `input_size = [432, 368]`
    reads back as a tuple.

    Raises:
        ConfigError: an unknown attribute, or a value of the wrong type or out of range.
    """

    if not TYPE_CHECKING:  # a type checker would then allow every attribute

        def __setattr__(self, name: str, value: Any) -> None:
            object.__setattr__(self, name, _checked(type(self), name, value))


def hints(group: Any) -> dict[str, Any]:
    """Return the names of a group's settings and their types, in the order of the class."""
    return _hints(group)


@functools.cache
def _hints(group: Any) -> dict[str, Any]:
    return typing.get_type_hints(group)


def prefix(group: type[Group]) -> str:
    """Return what keys begin with: `train.` for TrainConfig and what derives from it, nothing for
    Config.
    """
    first = next(c for c in reversed(group.__mro__) if issubclass(c, Group) and c is not Group)
    word = first.__name__.removesuffix("Config").lower()
    return f"{word}." if word else ""


def allowed(group: type[Group], name: str) -> str:
    """Say in words which values a setting allows: `an integer, 1 or more`."""
    key = prefix(group) + name
    hint = hints(group)[name]
    if key in CHOICES:
        return either(CHOICES[key])
    words = f"{describe(hint)}, {RULES[key].text}" if key in RULES else describe(hint)
    return f"{words}, or None" if is_optional(hint) else words


def nearest(key: str, candidates: Iterable[str]) -> list[str]:
    """Return the settings of that name in other groups, else the most similar, same group first."""
    group, _, name = key.rpartition(".")
    keys = list(candidates)
    same_group = [other for other in keys if other.rpartition(".")[0] == group]
    for among, cutoff in ((keys, 1.0), (same_group, 0.6), (keys, 0.6)):
        names = [other.rpartition(".")[2] for other in among]
        close = difflib.get_close_matches(name, names, n=1, cutoff=cutoff)
        if close:
            return [other for other in among if other.rpartition(".")[2] == close[0]]
    return []


def _checked(group: type[Group], name: str, value: Any) -> Any:
    if name not in hints(group):
        raise unknown_setting(prefix(group) + name, _candidates(group))
    key = prefix(group) + name
    try:
        result = coerce(hints(group)[name], value)
    except MismatchError as mismatch:
        raise _bad_value(key, allowed(group, name), value, str(mismatch)) from None
    except RecursionError:
        raise _bad_value(key, allowed(group, name), value, "it is nested too deeply") from None
    if result is None:
        return None
    if key in CHOICES:
        return _choice(key, result)
    if key in RULES and not RULES[key].holds(result):
        raise _bad_value(key, allowed(group, name), value)
    return result


def unknown_setting(key: str, candidates: dict[str, str]) -> ConfigError:
    """Make the error for a setting that does not exist.

    Args:
        key: what was received.
        candidates: the settings there are, and in words what each allows.
    """
    close = nearest(key, candidates)
    if close:
        advice = f"did you mean {either([f'{name} ({candidates[name]})' for name in close])}?"
    else:
        group = key.split(".")[0]
        known = [name for name in candidates if name.split(".")[0] == group]
        advice = f"there are {', '.join(known or _groups(candidates))}"
    return ConfigError(f"there is no setting {_short(key)}; {advice}")


def _groups(keys: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(f"{key.split('.')[0]}.*" if "." in key else key for key in keys))


def _candidates(group: type[Group]) -> dict[str, str]:
    return {prefix(group) + name: allowed(group, name) for name in hints(group)}


def _choice(key: str, value: str) -> str:
    """Return one of the choices of a setting, whatever the case of the letters was."""
    for choice in CHOICES[key]:
        if choice.lower() == value.lower():
            return choice
    raise _bad_value(key, either(CHOICES[key]), value)


def _bad_value(key: str, allowed_text: str, value: Any, detail: str = "") -> ConfigError:
    text = f"{key} must be {allowed_text}; got {_short(value)} ({type(value).__name__})"
    return ConfigError(f"{text}; {detail}" if detail else text)


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a user's object may break in its own repr
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 80 else f"{text[:77]}..."
