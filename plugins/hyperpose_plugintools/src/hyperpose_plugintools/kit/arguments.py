"""Arguments: plausible ones for a component that cannot be called without."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from hyperpose_plugintools.kit.check import UncheckedError

_PLAUSIBLE: dict[Any, Any] = {int: 1, float: 0.5, bool: True, "int": 1, "float": 0.5, "bool": True}


def needed_arguments(function: Callable[..., Any], given: int) -> dict[str, Any]:
    """Return values for the arguments that have no default.

    Args:
        given: how many arguments the program gives by place.

    Raises:
        UncheckedError: what to give for one cannot be told from its annotation.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())[given:]
    except (TypeError, ValueError):
        return {}
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    needed = [p for p in parameters if p.default is p.empty and p.kind in named]
    for parameter in needed:
        if parameter.annotation not in _PLAUSIBLE:
            raise UncheckedError(
                f"the argument {parameter.name!r} has no default, and its annotation is none of "
                f"int, float and bool: nothing to call it with"
            )
    return {parameter.name: _PLAUSIBLE[parameter.annotation] for parameter in needed}
