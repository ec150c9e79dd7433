"""Fields: whether what a plugin, or a file, gives is of the type that a class says."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hyperpose_core.errors import SpecError
from hyperpose_core.support.names import did_you_mean


def check_names(spec_type: type, given: Iterable[str]) -> None:
    """Raise SpecError, which says what is near, for a name that is no field of a spec."""
    known = [field.name for field in dataclasses.fields(spec_type)]
    for name in given:
        if name not in known:
            near = did_you_mean(name, known) or f": it has {', '.join(known)}"
            raise SpecError(f"{spec_type.__name__} has no field {name!r}{near}")


def check_fields(spec: Any) -> None:
    """Check every field of a spec; a list in place of a tuple becomes one.

    Args:
        spec: a dataclass with `kind` and `name`.

    Raises:
        SpecError: a value is of another type; names the field, the type and the value.
    """
    hints = _hints(type(spec))
    for field in dataclasses.fields(spec):
        wanted, value = hints[field.name], getattr(spec, field.name)
        if isinstance(value, list) and _parts(wanted)[0] is tuple:
            value = tuple(value)
            object.__setattr__(spec, field.name, value)
        if not fits(value, wanted):
            raise SpecError(
                f"the {field.name} of {spec.kind} {spec.name!r} must be {field.type}: "
                f"received {value!r}"
            )


_hints: Callable[[type], dict[str, Any]] = functools.cache(typing.get_type_hints)


@functools.cache
def _parts(wanted: Any) -> tuple[Any, tuple[Any, ...]]:
    return typing.get_origin(wanted), typing.get_args(wanted)


def fits(value: Any, wanted: Any) -> bool:
    """Say whether a value is of an annotated type; a truth value is no integer."""
    origin, parts = _parts(wanted)
    if wanted is Any:
        return True
    if origin is types.UnionType:
        return any(fits(value, part) for part in parts)
    if origin in (tuple, list):
        return isinstance(value, origin) and all(fits(item, parts[0]) for item in value)
    if origin in (dict, Mapping):
        pairs = value.items() if isinstance(value, origin) else [(None, None)]
        return all(fits(key, parts[0]) and fits(item, parts[1]) for key, item in pairs)
    return isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))
