"""The arguments that the configuration gives a component: checked against what it takes."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

from hyperpose_core.config.coerce import MismatchError, coerce
from hyperpose_core.config.filter_call import FilterCall
from hyperpose_core.config.words import describe
from hyperpose_core.errors import ConfigError
from hyperpose_core.support.names import did_you_mean

_CHECKED = (bool, int, float, str)
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def with_arguments(keeps: Callable[..., Any], call: FilterCall) -> Callable[[Any], Any]:
    """Return a filter that needs nothing but the sample.

    Raises:
        ConfigError: it takes no such argument, lacks one, or one has another type; the message
            lists those that it takes.
    """
    taken = _parameters(keeps)
    if taken is None:
        return functools.partial(keeps, **call.arguments) if call.arguments else keeps
    named = {name: p for name, p in taken.items() if p.kind in _BY_NAME}
    open_ended = any(p.kind is p.VAR_KEYWORD for p in taken.values())
    for name in call.arguments:
        if name not in named and not open_ended:
            near = did_you_mean(name, named)
            raise ConfigError(
                f"the {call.kind} {call.name!r} takes no {name!r}{near}; {_all(named)}"
            )
    lacking = [n for n, p in named.items() if p.default is p.empty and n not in call.arguments]
    if lacking:
        raise ConfigError(
            f"the {call.kind} {call.name!r} needs {', '.join(lacking)}; {_all(named)}"
        )
    hints = _hints(keeps)
    given = {n: _value(call, n, v, hints.get(n), named) for n, v in call.arguments.items()}
    return functools.partial(keeps, **given) if given else keeps


def _parameters(keeps: Callable[..., Any]) -> dict[str, inspect.Parameter] | None:
    """Return what a filter takes after the sample; None where Python cannot tell."""
    try:
        parameters = list(inspect.signature(keeps).parameters.values())
    except (TypeError, ValueError):
        return None
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if parameters and parameters[0].kind in positional:
        parameters = parameters[1:]
    return {p.name: p for p in parameters}


def _hints(keeps: Any) -> Mapping[str, Any]:
    if isinstance(keeps, functools.partial):
        keeps = keeps.func
    if inspect.isclass(keeps):
        keeps = keeps.__init__
    try:
        return typing.get_type_hints(keeps if inspect.isroutine(keeps) else type(keeps).__call__)
    except (TypeError, NameError, AttributeError):
        return {}


def _value(
    call: FilterCall, name: str, value: Any, hint: Any, named: Mapping[str, inspect.Parameter]
) -> Any:
    if hint not in _CHECKED:
        return value
    try:
        return coerce(hint, value)
    except MismatchError:
        raise ConfigError(
            f"the {call.kind} {call.name!r}: {name} must be {describe(hint)}; got {value!r:.60}; "
            f"{_all(named)}"
        ) from None


def _all(named: Mapping[str, inspect.Parameter]) -> str:
    if not named:
        return "it takes no arguments"
    texts = [n if p.default is p.empty else f"{n}={p.default!r}" for n, p in named.items()]
    return f"its arguments are {', '.join(texts)}"
