"""Group: base of the settings classes, which checks every value when it is assigned."""

from __future__ import annotations

import difflib
import functools
import typing
from typing import TYPE_CHECKING, Any

from hyperpose_core.config.coerce import coerce
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
    return typing.get_type_hints(group, include_extras=True)


def allowed(group: type[Group]) -> dict[str, str]:
    """Return the keys of a group's settings, and in words what each allows: `an integer, 1 or
    more`.
    """
    return {_key(group, name): describe(hint) for name, hint in hints(group).items()}


def unknown_setting(key: str, candidates: dict[str, str]) -> ConfigError:
    """Make the error for a setting that does not exist.

    Args:
        key: what was received.
        candidates: the settings there are, and in words what each allows.
    """
    group = key.split(".")[0]
    if close := _nearest(key, list(candidates)):
        advice = f"did you mean {either([f'{name} ({candidates[name]})' for name in close])}?"
    elif known := [name for name in candidates if name.split(".")[0] == group]:
        advice = f"there are {', '.join(known)}"
    else:
        groups = [f"{name.split('.')[0]}.*" if "." in name else name for name in candidates]
        advice = f"there are {', '.join(dict.fromkeys(groups))}"
    return ConfigError(f"there is no setting {_short(key)}; {advice}")


def _nearest(key: str, keys: list[str]) -> list[str]:
    """Return the settings of that name in other groups, else the most similar, same group first."""
    group, _, name = key.rpartition(".")
    same_group = [other for other in keys if other.rpartition(".")[0] == group]
    for among, cutoff in ((keys, 1.0), (same_group, 0.6), (keys, 0.6)):
        names = [other.rpartition(".")[2] for other in among]
        close = difflib.get_close_matches(name, names, n=1, cutoff=cutoff)
        if close:
            return [other for other in among if other.rpartition(".")[2] == close[0]]
    return []


def _key(group: type[Group], name: str) -> str:
    """Return `train.steps` for a setting of TrainConfig, or of what derives from it."""
    first = next(c for c in reversed(group.__mro__) if issubclass(c, Group) and c is not Group)
    word = first.__name__.removesuffix("Config").lower()
    return f"{word}.{name}" if word else name


def _checked(group: type[Group], name: str, value: Any) -> Any:
    key = _key(group, name)
    if name not in hints(group):
        raise unknown_setting(key, allowed(group))
    try:
        return coerce(hints(group)[name], value)
    except ConfigError as error:
        detail = str(error)
    except RecursionError:
        detail = "it is nested too deeply"
    text = f"{key} must be {allowed(group)[key]}; got {_short(value)} ({type(value).__name__})"
    raise ConfigError(f"{text}; {detail}" if detail else text)


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a user's object may break in its own repr
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 80 else f"{text[:77]}..."
