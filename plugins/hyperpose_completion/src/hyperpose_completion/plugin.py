"""The plugin: `hyperpose completion`, which also answers shells that ask what may come next."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import CommandSpec


@hookimpl
def hyperpose_register_commands() -> Iterable[CommandSpec]:
    """Offer the command."""
    yield CommandSpec(
        name="completion",
        target="hyperpose_completion.command:command",
        summary="Let bash, zsh or fish complete commands, options and names.",
    )
