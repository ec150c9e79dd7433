"""Listeners: who is told of the events of a training, the plugins' hooks last."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.contracts.events import Event
from hyperpose_core.hookspecs import ON_TRAIN
from hyperpose_core.plugins import life_cycle
from hyperpose_core.plugins.known import distribution_of


class Listeners:
    """Tells events to objects with methods `on_<hook>(event)`, those that they have, in order.

    Args:
        own: the training's.
        plugins: come after them: what they are told of is then on the disk.
    """

    def __init__(self, own: Iterable[object] = (), plugins: PluginHooks | None = None) -> None:
        self.own, self.plugins = list(own), plugins

    def tell(self, event: Event) -> None:
        """Tell all; what one of the training's own raises ends the training."""
        for listener in self.own:
            if hear := getattr(listener, f"on_{event.hook}", None):
                hear(event)
        if self.plugins:
            self.plugins.tell(event)


class PluginHooks(life_cycle.PluginHooks):
    """Those that hear of a training."""

    prefix, of = ON_TRAIN, "training"

    def advice(self, hook: str) -> str:
        """Return a sentence on what to install that has a hook; none where something has it."""
        if any(f"{ON_TRAIN}{hook}" in record.life_cycle for record in self.records):
            return ""
        bringer = distribution_of("life_cycle", f"{ON_TRAIN}{hook}")
        return f" `pip install {bringer}` brings what says more." if bringer else ""
