"""Calls into plugins: what goes wrong there is told with whose it is and what was promised."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from hyperpose_core.errors import HyperposeError, PluginError
from hyperpose_core.support.missing_tensorflow import advice
from hyperpose_core.support.printing import printing_aside

_Thing = TypeVar("_Thing")
_owners: dict[int, tuple[weakref.ref[Any], str]] = {}


def owned(thing: _Thing, called: str) -> _Thing:
    """Remember what messages call a component, or what one made, and return it."""
    key = id(thing)
    with contextlib.suppress(TypeError):  # nothing is remembered of numbers and the like
        _owners[key] = weakref.ref(thing, lambda _: _owners.pop(key, None)), called
    return thing


def owner(thing: Any) -> str:
    """Return what messages call a thing; empty where no plugin made it, but a user."""
    return _owners.get(id(thing), (None, ""))[1]


@contextlib.contextmanager
def calling(thing: Any, method: str = "", called: str = "") -> Iterator[None]:
    """Let what a plugin's code raises inside name it.

    Args:
        thing: the component whose code runs; one that no plugin made is left alone. What it prints
            is no result, and goes to standard error. None: where results are printed inside.
        method: of it.
        called: what messages call it, where that is known.

    Raises:
        PluginError: something was raised that is no HyperposeError.
    """
    if not (called := called or owner(thing)):
        yield
        return
    try:
        with contextlib.nullcontext() if thing is None else printing_aside():
            yield
    except HyperposeError:
        raise
    except (Exception, SystemExit) as wrapped:
        error, where = _raised(wrapped), f" in {method}" if method else ""
        if isinstance(error, AttributeError) and owner(error.obj) not in ("", called):
            lacks = f"{owner(error.obj)} has no {error.name!r}"
            raise PluginError(f"{lacks}, which {called} asks for{where}") from wrapped
        said = f"{type(error).__name__}: {_sentence(error)}{advice(error)}"
        raise PluginError(f"{called} failed{where}: {said}") from wrapped


def broken(thing: Any, method: str, promised: str, came: object) -> PluginError:
    """Return the error for a component that did not do what its kind promises."""
    called = owner(thing) or f"your {type(thing).__name__}"
    return PluginError(f"{called} failed in {method}: it promises {promised}, and gave {came}")


def made(make: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Call a factory and return what it makes; PluginError where a plugin's fails or makes None."""
    with calling(make):
        thing = make(*args, **kwargs)
    if not (called := owner(make)):
        return thing
    if thing is None:
        raise broken(make, "its call", "an object", None)
    return owned(thing, called)


@contextlib.contextmanager
def as_raised() -> Iterator[None]:
    """Let errors leave a traced function as they were: AutoGraph writes a traceback into them."""
    try:
        yield
    except HyperposeError as error:
        raised = _raised(error)
        raise raised from raised.__cause__


def _raised(error: BaseException) -> BaseException:
    """Return an error as it was before AutoGraph made another of it, of several lines."""
    while str(error).startswith("in user code") and (before := error.__context__):
        error = before
    return error


def _sentence(error: BaseException) -> str:
    """Return the first line of what an error says: TensorFlow goes on for many."""
    return str(error).strip().partition("\n")[0].strip()
