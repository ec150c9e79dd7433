"""The core's own plugin: what is there before anything else is installed."""

from __future__ import annotations

from collections.abc import Iterator

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import StrategySpec


@hookimpl
def hyperpose_register_train_strategies() -> Iterator[StrategySpec]:
    """Offer the strategy that needs nothing else."""
    yield StrategySpec(
        name="Single_train",
        target="hyperpose_core.training.strategy:SingleTrain",
        summary="one worker on this machine",
    )
