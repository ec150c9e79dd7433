"""The core's own plugin: what is there before anything else is installed."""

from __future__ import annotations

from collections.abc import Iterator

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import CommandSpec, StrategySpec


@hookimpl
def hyperpose_register_train_strategies() -> Iterator[StrategySpec]:
    """Offer one worker."""
    yield StrategySpec(
        name="Single_train",
        target="hyperpose_core.build.strategy:SingleTrain",
        summary="one worker on this machine",
    )


@hookimpl
def hyperpose_register_commands() -> Iterator[CommandSpec]:
    """Offer the command that every installation has."""
    yield CommandSpec(
        name="list-plugins",
        target="hyperpose_core.cli.list_plugins:command",
        summary="List the installed plugins.",
        section="Commands for plugins",
    )
