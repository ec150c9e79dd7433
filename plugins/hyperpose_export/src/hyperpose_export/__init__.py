"""Trained models for other runtimes: `load` opens an exported file, `opener` makes a runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hyperpose_export.loading import load, opener

__all__ = ["load", "opener"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is used: listing plugins imports this module."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from hyperpose_export import loading

    return getattr(loading, name)
