"""The life-cycle hooks of plugins, each isolated from the training and from the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hyperpose_core.contracts.events import (
    CheckpointEvent,
    EndEvent,
    EvaluateEvent,
    Event,
    StartEvent,
    StepEvent,
)
from hyperpose_core.hookspecs import LIFE_CYCLE
from hyperpose_core.plugins import PluginRecord
from hyperpose_core.support.messages import Messages
from hyperpose_core.training.observer import Observer

if TYPE_CHECKING:
    from hyperpose_core.pipeline.batches import Batch

START, STEP, CHECKPOINT, EVALUATE, END = LIFE_CYCLE


class PluginHooks(Observer):
    """Hands the events to every plugin that asks for them.

    A hook that raises is named in a warning, once, and its plugin gets no more events.
    """

    def __init__(self, records: Iterable[PluginRecord], messages: Messages) -> None:
        self._listening = [record for record in records if record.life_cycle]
        self._messages = messages

    def on_start(self, event: StartEvent) -> None:
        """Call `hyperpose_on_train_start`."""
        self._tell(START, event)

    def on_step(self, event: StepEvent, batch: Batch) -> None:
        """Call `hyperpose_on_train_step`."""
        self._tell(STEP, event)

    def on_checkpoint(self, event: CheckpointEvent) -> None:
        """Call `hyperpose_on_train_checkpoint`."""
        self._tell(CHECKPOINT, event)

    def on_evaluate(self, event: EvaluateEvent) -> None:
        """Call `hyperpose_on_train_evaluate`."""
        self._tell(EVALUATE, event)

    def on_end(self, event: EndEvent) -> None:
        """Call `hyperpose_on_train_end`."""
        self._tell(END, event)

    def _tell(self, hook: str, event: Event) -> None:
        for record in list(self._listening):
            if hook not in record.life_cycle:
                continue
            try:
                record.life_cycle[hook](event)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything
                self._listening.remove(record)
                self._messages.warn(
                    f"the plugin {record.name!r} ({record.source}) failed in {hook} at step "
                    f"{event.step} and is switched off for the rest of this training: "
                    f"{type(error).__name__}: {error}"
                )
