"""The plugin: `hyperpose infer`."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import CommandSpec
from hyperpose_core.specs.commands import FIRST_SECTION


@hookimpl
def hyperpose_register_commands() -> Iterable[CommandSpec]:
    """Offer the command."""
    yield CommandSpec(
        name="infer",
        target="hyperpose_infer.command:command",
        summary="Find people in images.",
        section=FIRST_SECTION,
    )
