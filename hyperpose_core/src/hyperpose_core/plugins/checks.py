"""Checks of what a plugin says: its hooks, its specs, its targets."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import pluggy

from hyperpose_core.errors import SpecError
from hyperpose_core.hookspecs import HOOKS, LIFE_CYCLE, ON, ON_USE, PROJECT
from hyperpose_core.specs import Spec
from hyperpose_core.support.names import did_you_mean

_TOLD = (*LIFE_CYCLE, *ON_USE)
_MARKS = pluggy.PluginManager(PROJECT)
"""Reads what `hookimpl` wrote. Nothing is registered: a manager a plugin with all hooks is slow."""


def hooks_of(plugin: Any) -> dict[str, Callable[..., Any]]:
    """Return what a plugin marked with `hookimpl`, by name.

    Raises:
        SpecError: one of its hooks is unknown, or takes other arguments than it is given.
    """
    found, known = {}, (*HOOKS, *_TOLD)
    for name in (name for name in dir(plugin) if not name.startswith("__")):
        marked = _MARKS.parse_hookimpl_opts(plugin, name) is not None
        if marked and name not in known:
            raise SpecError(f"unknown hook {name!r}{did_you_mean(name, known)}")
        if not marked and name.startswith((f"{PROJECT}_register_", ON)):
            raise SpecError(f"{name!r} is not marked with @hookimpl: no hook calls it")
        if marked:
            found[name] = _called_as_promised(plugin, name)
    return found


def specs_of(hooks: Mapping[str, Callable[..., Any]]) -> tuple[Spec, ...]:
    """Call a plugin's hooks and return what they offer.

    Raises:
        SpecError: a hook returns something else than specs of its kind, a spec is wrong, or a name
            is used twice.
        Exception: whatever a hook raises.
    """
    specs: list[Spec] = []
    for hook, spec_type in HOOKS.items():
        if hook in hooks:
            specs += _checked(hook, spec_type, hooks[hook]())
    _check_unique(specs)
    return tuple(specs)


def life_cycle_of(hooks: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[[Any], object]]:
    """Return the life-cycle hooks that a plugin has, by name, as functions of an event."""
    return {hook: hooks[hook] for hook in _TOLD if hook in hooks}


def _called_as_promised(plugin: Any, name: str) -> Callable[..., Any]:
    function = getattr(plugin, name)
    needed = [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if name in _TOLD:
        fits, wanted = needed in ([], ["event"]), "one argument, event"
    else:
        fits, wanted = not needed, "no argument"
    if not fits:
        of_class = "; the entry point names a class: name an object of it"
        raise SpecError(
            f"{name} takes {wanted}: it has {', '.join(needed)}"
            f"{of_class if isinstance(plugin, type) else ''}"
        )
    # One of the life cycle may leave the argument out, as hooks of pluggy may.
    ignores = name in _TOLD and not needed
    return (lambda event: function()) if ignores else cast("Callable[..., Any]", function)


def _checked(hook: str, spec_type: type[Spec], offered: Any) -> list[Spec]:
    if not isinstance(offered, Iterable):
        raise SpecError(
            f"{hook} returned {offered!r}: return or yield {spec_type.__name__} objects"
        )
    specs = list(offered)
    for spec in specs:
        if not isinstance(spec, spec_type):
            raise SpecError(
                f"{hook} returned a {type(spec).__name__}: {spec_type.__name__} is expected"
            )
    return specs


def _check_unique(specs: Iterable[Spec]) -> None:
    seen: set[tuple[str, str]] = set()
    for spec in specs:
        keys = component_keys(spec)
        if keys & seen:
            raise SpecError(f"the {spec.kind} {spec.name!r} is offered twice")
        seen |= keys


def component_keys(spec: Spec) -> set[tuple[str, str]]:
    """Return what no other component may be called, with its kind."""
    return {(spec.kind, key) for key in spec.keys}
