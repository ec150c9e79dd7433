"""The plugin: TensorBoard files, through the hooks that a training calls."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hyperpose_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from hyperpose_core.contracts import events
    from hyperpose_tensorboard.writer import TensorBoard

_writers: dict[Path, TensorBoard] = {}
"""Those of the trainings that run in this process, by run."""


@hookimpl
def hyperpose_on_train_start(event: events.StartEvent) -> None:
    """Begin the files of a training that is to have some: `log.tensorboard`."""
    if event.settings["log"]["tensorboard"]:
        from hyperpose_tensorboard.writer import TensorBoard

        _writers[event.run] = TensorBoard(event)


@hookimpl
def hyperpose_on_train_step(event: events.StepEvent) -> None:
    """Write the pictures that are due."""
    if event.pictured and event.run in _writers:
        _writers[event.run].pictures(event)


@hookimpl
def hyperpose_on_train_log(event: events.LogEvent) -> None:
    """Write the means."""
    if event.run in _writers:
        _writers[event.run].scalars(event.step, "train", event.values)


@hookimpl
def hyperpose_on_train_evaluate(event: events.EvaluateEvent) -> None:
    """Write losses and metrics."""
    if event.run in _writers:
        values = {**event.losses, **event.metrics}
        _writers[event.run].scalars(event.step, "evaluate", values)


@hookimpl
def hyperpose_on_train_end(event: events.EndEvent) -> None:
    """Close the file."""
    if event.run in _writers:
        _writers.pop(event.run).close()
