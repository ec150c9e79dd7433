"""Options of a model family's functions, as users set them in the group `model.options`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from hyperpose_core.errors import ConfigError

_Options = TypeVar("_Options", bound="FamilyOptions")


class FamilyOptions:
    """Base of a family's frozen dataclass of options: whole numbers, numbers and pairs."""

    @classmethod
    def read(cls: type[_Options], options: Mapping[str, Any]) -> _Options:
        """Take what belongs to the family's functions; the rest is the architecture's.

        Raises:
            ConfigError: a value of the wrong type, or a name that is nearly one of these.
        """
        defaults = {f.name: f.default for f in fields(cls)}  # type: ignore[arg-type]
        for name in options:
            near = difflib.get_close_matches(name, defaults, n=1, cutoff=0.8)
            if name not in defaults and near:
                raise ConfigError(f"unknown option {name!r}: did you mean {near[0]!r}?")
        given = [name for name in defaults if name in options]
        return cls(**{name: _checked(name, options[name], defaults[name]) for name in given})


def _checked(name: str, value: Any, default: Any) -> Any:
    if isinstance(default, tuple):
        if isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_whole, value)):
            return tuple(value)
        raise ConfigError(f"option {name!r} is {value!r}: it must be two whole numbers")
    if isinstance(default, int) and not _is_whole(value):
        raise ConfigError(f"option {name!r} is {value!r}: it must be a whole number")
    if not _is_whole(value) and not isinstance(value, float):
        raise ConfigError(f"option {name!r} is {value!r}: it must be a number")
    return value


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
