"""Observers: what happens beside the step. Each sees the same events as the plugins' hooks do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from hyperpose_core.contracts.events import (
    CheckpointEvent,
    EndEvent,
    EvaluateEvent,
    StartEvent,
    StepEvent,
)

if TYPE_CHECKING:
    from hyperpose_core.pipeline.batches import Batch


class Observer:
    """Base: sees everything and does nothing."""

    def on_start(self, event: StartEvent) -> None:
        """The first step comes next."""

    def on_step(self, event: StepEvent, batch: Batch) -> None:
        """A step on a batch is done."""

    def on_log(self, step: int, values: Mapping[str, float]) -> None:
        """A line of means over the steps since the last is due."""

    def on_checkpoint(self, event: CheckpointEvent) -> None:
        """A checkpoint is written."""

    def on_evaluate(self, event: EvaluateEvent) -> None:
        """The model was scored."""

    def on_end(self, event: EndEvent) -> None:
        """The training is over, also when an error ended it."""


class Observers(Observer):
    """Several, in order."""

    def __init__(self, observers: Iterable[Observer] = ()) -> None:
        self.observers = list(observers)

    def on_start(self, event: StartEvent) -> None:
        """Tell all."""
        for observer in self.observers:
            observer.on_start(event)

    def on_step(self, event: StepEvent, batch: Batch) -> None:
        """Tell all."""
        for observer in self.observers:
            observer.on_step(event, batch)

    def on_log(self, step: int, values: Mapping[str, float]) -> None:
        """Tell all."""
        for observer in self.observers:
            observer.on_log(step, values)

    def on_checkpoint(self, event: CheckpointEvent) -> None:
        """Tell all."""
        for observer in self.observers:
            observer.on_checkpoint(event)

    def on_evaluate(self, event: EvaluateEvent) -> None:
        """Tell all."""
        for observer in self.observers:
            observer.on_evaluate(event)

    def on_end(self, event: EndEvent) -> None:
        """Tell all."""
        for observer in self.observers:
            observer.on_end(event)
