"""The plugin: scores of result files."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import CommandSpec


@hookimpl
def hyperpose_register_commands() -> Iterable[CommandSpec]:
    """Offer the command that scores."""
    yield CommandSpec(
        name="score",
        target="hyperpose_scores.command:command",
        summary="Score a result file of anybody's.",
        section="Commands for scores",
    )
