"""The plugin: `hyperpose profile` and `hyperpose compare`."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import CommandSpec


@hookimpl
def hyperpose_register_commands() -> Iterable[CommandSpec]:
    """Offer the commands."""
    for name, package, summary in (
        ("profile", "profiling", "Say what a model costs: parameters, time of each part, memory."),
        ("compare", "comparing", "Compare speed and accuracy of runs, exports and runtimes."),
    ):
        yield CommandSpec(
            name=name,
            target=f"hyperpose_profile.{package}.command:command",
            summary=summary,
            section="Commands for speed",
        )
