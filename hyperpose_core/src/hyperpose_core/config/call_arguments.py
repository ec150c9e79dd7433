"""The arguments that the configuration gives a component: checked against what it takes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from hyperpose_core.config.calls import Call
from hyperpose_core.config.coerce import MismatchError, coerce
from hyperpose_core.config.words import describe
from hyperpose_core.errors import ConfigError
from hyperpose_core.support.names import did_you_mean

_CHECKED = (bool, int, float, str)
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def with_arguments(function: Callable[..., Any], call: Call, given: int = 1) -> Callable[..., Any]:
    """Return a component that needs nothing but what the program gives it.

    Args:
        given: how many arguments the program gives, by place; the others are the user's.

    Raises:
        ConfigError: it takes no such argument, lacks one, or one has another type; the message
            lists those that it takes.
    """
    taken = _parameters(function, given)
    if taken is None:
        return functools.partial(function, **call.arguments) if call.arguments else function
    named = {name: p for name, p in taken.items() if p.kind in _BY_NAME}
    open_ended = any(p.kind is p.VAR_KEYWORD for p in taken.values())
    for name in call.arguments:
        if name not in named and not open_ended:
            near = did_you_mean(name, named)
            raise ConfigError(
                f"the {call.word} {call.name!r} takes no {name!r}{near}; {_all(named)}"
            )
    lacking = [n for n, p in named.items() if p.default is p.empty and n not in call.arguments]
    if lacking:
        raise ConfigError(
            f"the {call.word} {call.name!r} needs {', '.join(lacking)}; {_all(named)}"
        )
    values = {name: _value(call, name, value, named) for name, value in call.arguments.items()}
    return functools.partial(function, **values) if values else function


def _parameters(function: Callable[..., Any], given: int) -> dict[str, inspect.Parameter] | None:
    """Return what a component takes from the user; None where Python cannot tell."""
    try:
        parameters = _signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    theirs = [p for i, p in enumerate(parameters) if i >= given or p.kind not in by_place]
    return {p.name: p for p in theirs}


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    """Return what a function takes; with its types as texts where one is for type checkers only."""
    try:
        return inspect.signature(function, eval_str=True)
    except (NameError, AttributeError):
        return inspect.signature(function)


def _value(call: Call, name: str, value: Any, named: Mapping[str, inspect.Parameter]) -> Any:
    hint = named[name].annotation if name in named else None
    if hint not in _CHECKED:
        return value
    try:
        return coerce(hint, value)
    except MismatchError:
        raise ConfigError(
            f"the {call.word} {call.name!r}: {name} must be {describe(hint)}; got {value!r:.60}; "
            f"{_all(named)}"
        ) from None


def _all(named: Mapping[str, inspect.Parameter]) -> str:
    if not named:
        return "it takes no arguments"
    texts = [n if p.default is p.empty else f"{n}={p.default!r}" for n, p in named.items()]
    return f"its arguments are {', '.join(texts)}"
