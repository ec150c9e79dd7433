"""Life-cycle hooks of plugins: who is told what happens, isolated from it and from the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from hyperpose_core.hookspecs import ON
from hyperpose_core.plugins.record import PluginRecord
from hyperpose_core.support.printing import printing_aside


class _Event(Protocol):
    @property
    def hook(self) -> str: ...


class _Warns(Protocol):
    def warn(self, text: str) -> None: ...


class PluginHooks:
    """A hook that raises is named in a warning, once, and its plugin gets no more events.

    What one prints is no result, and goes to standard error.
    """

    prefix = ON
    """Of the hooks' names, before that of the event."""
    of = "command"
    """What they hear of, for messages."""

    def __init__(self, records: Iterable[PluginRecord], messages: _Warns) -> None:
        self.records = list(records)
        self._listening = [record for record in self.records if record.life_cycle]
        self._messages = messages

    def tell(self, event: _Event) -> list[Any]:
        """Call the hook of every plugin that has it, and return what they return."""
        hook, returned = f"{self.prefix}{event.hook}", []
        for record in [r for r in self._listening if hook in r.life_cycle]:
            try:
                with printing_aside():
                    returned.append(record.life_cycle[hook](event))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything
                self._listening.remove(record)
                at = f" at step {event.step}" if hasattr(event, "step") else ""
                self._messages.warn(
                    f"the plugin {record.name!r} ({record.source}) failed in {hook}{at} and is "
                    f"switched off for the rest of this {self.of}: {type(error).__name__}: {error}"
                )
        return returned
