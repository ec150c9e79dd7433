"""A group whose commands are those of the plugins, imported only when they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from hyperpose_core.cli.menu import Menu, remember, remembered

if TYPE_CHECKING:
    from hyperpose_core.registry import Registry

KIND = "command"
CALLED = "hyperpose.called"
"""The key of `context.meta` under which stands which command is called, and whose it is."""
_REGISTRY = "hyperpose.registry"


def found(ctx: click.Context) -> Registry:
    """Return the installed plugins, looked up once a call.

    Not the default registry: what is wrong has to be said where strictness makes it an error, too.
    """
    if _REGISTRY not in ctx.meta:
        from hyperpose_core.plugins import discover
        from hyperpose_core.registry import Registry

        ctx.meta[_REGISTRY] = Registry(discover())
    return cast("Registry", ctx.meta[_REGISTRY])


class PluginGroup(click.Group):
    """A group of all commands that plugins register."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, as they are called."""
        return [name for _, rows in _menu(ctx) for name, _ in rows]

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
        for section, rows in _menu(ctx):
            with formatter.section(section):
                formatter.write_dl(rows)
        if _REGISTRY not in ctx.meta:
            return
        from hyperpose_core.plugins.missing import UNUSABLE

        if lost := [r.name for r in found(ctx).records if r.status in UNUSABLE]:
            formatter.write_paragraph()
            formatter.write_text(
                f"Plugins that cannot be used, their commands are missing here: {', '.join(lost)}; "
                f"hyperpose list-plugins says why."
            )


def _menu(ctx: click.Context) -> Menu:
    """Return the commands by section, ours first, from the last call where it still holds."""
    if _REGISTRY not in ctx.meta and (menu := remembered()) is not None:
        return menu
    from hyperpose_core.registry import GOOD
    from hyperpose_core.specs import CommandSpec
    from hyperpose_core.specs.commands import FIRST_SECTION

    registry = found(ctx)
    specs = cast(list[CommandSpec], registry.specs(KIND))
    sections: dict[str, list[tuple[str, str]]] = {}
    for name, spec in zip(registry.names(KIND), specs, strict=True):
        sections.setdefault(spec.section, []).append((name, spec.summary))
    ours_first = sorted(sections, key=lambda title: (title != FIRST_SECTION, title))
    menu = [(title, sorted(sections[title])) for title in ours_first]
    if all(record.status in GOOD for record in registry.records):
        remember(menu)
    return menu
