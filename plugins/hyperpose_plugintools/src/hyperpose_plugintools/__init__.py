"""hyperpose-plugintools: begin a plugin, check its promises, describe what there is."""

from hyperpose_plugintools.kit import BrokenPromiseError, Check, plugin_checks

__version__ = "0.1.0"

__all__ = ["BrokenPromiseError", "Check", "plugin_checks"]
