"""A group whose commands are those of the plugins, imported only when they are called."""

from __future__ import annotations

from collections import defaultdict
from typing import cast

import click

from hyperpose_core.errors import UnknownComponentError
from hyperpose_core.registry import get_registry
from hyperpose_core.specs import CommandSpec

KIND = "command"


class PluginGroup(click.Group):
    """A group of all commands that plugins register."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, as they are called."""
        return get_registry().names(KIND)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Import one command.

        Raises:
            click.UsageError: nobody offers it; says what to install.
            PluginError: its plugin cannot be used.
        """
        try:
            return cast(click.Command, get_registry().load(KIND, cmd_name))
        except UnknownComponentError as error:
            raise click.UsageError(str(error), ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, by section, without importing them."""
        registry = get_registry()
        sections: dict[str, list[tuple[str, str]]] = defaultdict(list)
        names = registry.names(KIND)
        for name, spec in zip(names, cast(list[CommandSpec], registry.specs(KIND)), strict=True):
            sections[spec.section].append((name, spec.summary))
        for section, rows in sections.items():
            with formatter.section(section):
                formatter.write_dl(rows)
