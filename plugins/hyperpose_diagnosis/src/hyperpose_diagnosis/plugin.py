"""The plugin: what a training asks when a batch is not finite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hyperpose_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from hyperpose_core.contracts import events


@hookimpl
def hyperpose_on_train_not_finite(event: events.NotFiniteEvent) -> events.Explanation:
    """Find out why, and keep the batch."""
    from hyperpose_diagnosis.explaining import explain

    return explain(event)
