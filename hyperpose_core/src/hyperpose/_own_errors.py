"""Errors of the user's own classes: they name the class."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from hyperpose_core.errors import ConfigError, HyperposeError


@contextlib.contextmanager
def naming(kind: str, own: Any) -> Iterator[None]:
    """Turn errors of the user's class into a ConfigError that names it."""
    try:
        yield
    except HyperposeError:
        raise
    except Exception as error:
        name = getattr(own, "__name__", type(own).__name__)
        raise ConfigError(f"your {kind} {name} failed: {type(error).__name__}: {error}") from error
