"""A group whose commands are those of the plugins, imported only when they are called."""

from __future__ import annotations

from collections import defaultdict
from typing import cast

import click

from hyperpose_core.plugins import discover
from hyperpose_core.plugins.missing import UNUSABLE
from hyperpose_core.registry import Registry
from hyperpose_core.specs import CommandSpec
from hyperpose_core.specs.commands import FIRST_SECTION

KIND = "command"
CALLED = "hyperpose.called"
"""The key of `context.meta` under which stands which command is called, and whose it is."""
_REGISTRY = "hyperpose.registry"


def found(ctx: click.Context) -> Registry:
    """Return the installed plugins, looked up once a call.

    Not the default registry: what is wrong has to be said where strictness makes it an error, too.
    """
    if _REGISTRY not in ctx.meta:
        ctx.meta[_REGISTRY] = Registry(discover())
    return cast(Registry, ctx.meta[_REGISTRY])


class PluginGroup(click.Group):
    """A group of all commands that plugins register."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, as they are called."""
        return found(ctx).names(KIND)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Import one command.

        Raises:
            UnknownComponentError: nobody offers it; says what is near and what to install.
            PluginError: its plugin cannot be used, or two offer it.
        """
        registry = found(ctx)
        ctx.meta[CALLED] = registry.called(KIND, cmd_name)
        return cast(click.Command, registry.load(KIND, cmd_name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, by section, without importing them."""
        registry = found(ctx)
        sections: dict[str, list[tuple[str, str]]] = defaultdict(list)
        names = registry.names(KIND)
        for name, spec in zip(names, cast(list[CommandSpec], registry.specs(KIND)), strict=True):
            sections[spec.section].append((name, spec.summary))
        for section in sorted(sections, key=lambda title: (title != FIRST_SECTION, title)):
            with formatter.section(section):
                formatter.write_dl(sorted(sections[section]))
        if lost := [record.name for record in registry.records if record.status in UNUSABLE]:
            formatter.write_paragraph()
            formatter.write_text(
                f"Plugins that cannot be used, their commands are missing here: {', '.join(lost)}; "
                f"hyperpose list-plugins says why."
            )
