"""Specs of the command line's commands, and of the sections of what `report` writes."""

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


@dataclass(frozen=True, kw_only=True)
class ReportSectionSpec(Spec):
    """A section of a run's report; docs/report.md says what `load()` gives.

    Args:
        title: its heading.
        order: where it stands: sections with smaller numbers come before it.
    """

    kind = "report_section"

    title: str
    order: int = 1000
