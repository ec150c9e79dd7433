"""Specs of the command line's commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hyperpose_core.specs.base import Spec

FIRST_SECTION = "Commands"


@dataclass(frozen=True, kw_only=True)
class CommandSpec(Spec):
    """A command of `hyperpose`. `load()` gives a `click.Command`.

    Args:
        section: under which heading `hyperpose --help` lists it; headings stand in the order of the
            alphabet, after that of the pipelines, and so do commands under a heading.
    """

    kind = "command"

    section: str = "Other commands"

    def load(self) -> Any:
        """Import and return the command; TypeError where it is none of click's."""
        import click

        command = super().load()
        if not isinstance(command, click.Command):
            raise TypeError(
                f"it is no click.Command, but a {type(command).__name__}: "
                f"decorate a function with @click.command()"
            )
        return command
