"""Listeners: who is told of the events of a training, the plugins' hooks last."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable
from typing import Any

from hyperpose_core.contracts.events import Event
from hyperpose_core.hookspecs import ON_TRAIN
from hyperpose_core.plugins import PluginRecord
from hyperpose_core.plugins.known import distribution_of
from hyperpose_core.support.messages import Messages


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


class PluginHooks:
    """The life-cycle hooks of plugins, each isolated from the training and from the others.

    A hook that raises is named in a warning, once, and its plugin gets no more events.
    """

    def __init__(self, records: Iterable[PluginRecord], messages: Messages) -> None:
        self._records = list(records)
        self._listening = [record for record in self._records if record.life_cycle]
        self._messages = messages

    def tell(self, event: Event) -> list[Any]:
        """Call the hook of every plugin that has it, and return what they return."""
        hook, returned = f"{ON_TRAIN}{event.hook}", []
        for record in [r for r in self._listening if hook in r.life_cycle]:
            try:
                with contextlib.redirect_stdout(sys.stderr):  # what is printed there is no result
                    returned.append(record.life_cycle[hook](event))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything
                self._listening.remove(record)
                self._messages.warn(
                    f"the plugin {record.name!r} ({record.source}) failed in {hook} at step "
                    f"{event.step} and is switched off for the rest of this training: "
                    f"{type(error).__name__}: {error}"
                )
        return returned

    def advice(self, hook: str) -> str:
        """Return a sentence on what to install that has a hook; none where something has it."""
        if any(f"{ON_TRAIN}{hook}" in record.life_cycle for record in self._records):
            return ""
        bringer = distribution_of("life_cycle", f"{ON_TRAIN}{hook}")
        return f" `pip install {bringer}` brings what says more." if bringer else ""
