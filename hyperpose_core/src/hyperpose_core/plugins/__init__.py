"""Finding plugins: who is installed, who can be used, and what they offer."""

from hyperpose_core.plugins.discovery import discover
from hyperpose_core.plugins.record import STATUSES, PluginRecord
from hyperpose_core.plugins.switches import Switches

__all__ = ["STATUSES", "PluginRecord", "Switches", "discover"]
