"""hyperpose-plugintools: begin a plugin, check its promises, describe what there is.

The kit is imported at first use: this package is imported whenever plugins are listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hyperpose_plugintools.kit import BrokenPromiseError, Check, plugin_checks

__version__ = "0.1.0"

__all__ = ["BrokenPromiseError", "Check", "plugin_checks"]


def __getattr__(name: str) -> Any:
    """Import a public name from the kit."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from hyperpose_plugintools import kit

    return getattr(kit, name)
