"""The core's own plugin: what is there before anything else is installed."""

from __future__ import annotations

from collections.abc import Iterator

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import CommandSpec, StrategySpec
from hyperpose_core.specs.commands import FIRST_SECTION


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
    """Offer the commands that every installation has."""
    for name, module, section, summary in (
        ("eval", "evaluate", FIRST_SECTION, "Score a trained model on a dataset."),
        ("list-plugins", "list_plugins", "Commands for plugins", "List the installed plugins."),
    ):
        target = f"hyperpose_core.cli.{module}:command"
        yield CommandSpec(name=name, target=target, summary=summary, section=section)
