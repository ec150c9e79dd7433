"""The plugin: the commands that use a trained model, `infer` and `eval`."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import CommandSpec
from hyperpose_core.specs.commands import FIRST_SECTION


@hookimpl
def hyperpose_register_commands() -> Iterable[CommandSpec]:
    """Offer the commands."""
    yield CommandSpec(
        name="infer",
        target="hyperpose_infer.command:command",
        summary="Find people in images, in videos and before a camera.",
        section=FIRST_SECTION,
    )
    yield CommandSpec(
        name="eval",
        target="hyperpose_infer.evaluate:command",
        summary="Score a trained model on a dataset.",
        section=FIRST_SECTION,
    )
