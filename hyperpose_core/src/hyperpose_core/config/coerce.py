"""Coerce: checking a value against the type of its setting."""

from __future__ import annotations

import collections.abc
import math
import numbers
import os
import re
import types
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.skeletons.table import read_skeleton, skeleton_from_table

_SIZE = re.compile(r"\s*(\d{1,9})\s*[xX]\s*(\d{1,9})\s*")
_NOTHING = {"none", "null"}


class MismatchError(ConfigError):
    """A value does not have the type of its setting; what it says, if anything, is a detail for the
    sentence of `coerce`'s caller.
    """


def coerce(hint: Any, value: Any) -> Any:
    """Return a value as the type of its setting has it, in new containers.

    An integer passes for a number, a list for a tuple, `"WxH"` for two integers, a path for text,
    one of several texts in any case of letters, the text "None" or "null" for None where None is
    allowed, a table, a file or a name for a skeleton.

    Raises:
        ConfigError: the value has another type, or breaks the type's rule: a MismatchError, or what
            the type itself says.
    """
    if hint is Any:
        return value
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if is_optional(hint):
        return None if _is_nothing(value) else coerce(without_none(hint), value)
    if hint in _SCALARS:
        return _SCALARS[hint](value)
    if origin in _GENERIC:
        return _GENERIC[origin](arguments, value)
    if hint is Skeleton and isinstance(value, Mapping | str | os.PathLike):
        return _skeleton(value)
    if hasattr(hint, "from_setting"):
        return hint.from_setting(value)
    if isinstance(hint, type) and isinstance(value, hint):
        return value
    raise MismatchError


def is_optional(hint: Any) -> bool:
    """Tell whether a type is `X | None`."""
    return typing.get_origin(hint) in (typing.Union, types.UnionType)


def without_none(hint: Any) -> Any:
    """Return the X of `X | None`, and any other type as it is."""
    if not is_optional(hint):
        return hint
    return next(argument for argument in typing.get_args(hint) if argument is not type(None))


def bare(hint: Any) -> Any:
    """Return a type without its None and its rule."""
    hint = without_none(hint)
    return typing.get_args(hint)[0] if typing.get_origin(hint) is Annotated else hint


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.strip().lower() in _NOTHING)


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise MismatchError
    return value


def _int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise MismatchError
    return int(value)


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise MismatchError
    try:
        number = float(value)
    except OverflowError:
        raise MismatchError from None
    if not math.isfinite(number):
        raise MismatchError
    return number


def _str(value: Any) -> str:
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if not isinstance(value, str):
        raise MismatchError
    return "".join(value)


def _ruled(arguments: tuple[Any, ...], value: Any) -> Any:
    result = coerce(arguments[0], value)
    if not arguments[1].holds(result):
        raise MismatchError
    return result


def _one_of(choices: tuple[str, ...], value: Any) -> str:
    found = [choice for choice in choices if choice.lower() == _str(value).lower()]
    if not found:
        raise MismatchError
    return found[0]


def _tuple(arguments: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if arguments == (int, int) and isinstance(value, str):
        size = _SIZE.fullmatch(value)
        value = [int(number) for number in size.groups()] if size else None
    if not isinstance(value, list | tuple) or len(value) != len(arguments):
        raise MismatchError
    return tuple(coerce(hint, item) for hint, item in zip(arguments, value, strict=True))


def _list(arguments: tuple[Any, ...], value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise MismatchError
    return [coerce(arguments[0], item) for item in value]


def _mapping(arguments: tuple[Any, ...], value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise MismatchError
    convert = plain if arguments[1] is Any else (lambda item: coerce(arguments[1], item))
    return {_str(key): convert(item) for key, item in value.items()}


def _function(arguments: tuple[Any, ...], value: Any) -> Any:
    if not callable(value):
        raise MismatchError
    return value


def plain(value: Any) -> Any:
    """Return a copy of text, numbers, bools, None, lists and tables of them; tuples become lists.

    Raises:
        MismatchError: anything else, which could not be written to a file and read back.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return {_str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    for convert in (_int, _float, _str):
        try:
            return convert(value)
        except MismatchError:
            continue
    raise MismatchError


def _skeleton(value: Mapping[str, Any] | str | os.PathLike[str]) -> Skeleton | str:
    """Make a skeleton from a table, or from the TOML file that has it; a name stays a name."""
    if isinstance(value, Mapping):
        return skeleton_from_table(plain(value))
    if isinstance(value, str) and not value.lower().endswith(".toml") and not os.path.isfile(value):
        return value
    return read_skeleton(os.fspath(value))


_SCALARS: dict[Any, Callable[[Any], Any]] = {bool: _bool, int: _int, float: _float, str: _str}
_GENERIC: dict[Any, Callable[[tuple[Any, ...], Any], Any]] = {
    Annotated: _ruled,
    Literal: _one_of,
    tuple: _tuple,
    list: _list,
    dict: _mapping,
    collections.abc.Callable: _function,
}
