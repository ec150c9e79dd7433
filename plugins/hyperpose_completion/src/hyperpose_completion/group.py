"""The commands as a shell sees them: names without importing any, and one whose words are asked."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem
from click.types import FuncParamType

from hyperpose_completion.values import values_of
from hyperpose_core.errors import HyperposeError
from hyperpose_core.registry import Registry
from hyperpose_core.specs import CommandSpec


class Completing(click.Group):
    """The group of all commands. What cannot be used is not offered, and raises nothing.

    Args:
        registry: the installed plugins.
        group: whose options it has.
    """

    def __init__(self, registry: Registry, group: click.Command) -> None:
        super().__init__("hyperpose", params=group.params, context_settings=group.context_settings)
        self.registry = registry

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, as they are called."""
        return self.registry.names(CommandSpec.kind)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command, and say of its options what their values may be."""
        try:
            command: click.Command = self.registry.load(CommandSpec.kind, cmd_name)
        except HyperposeError:
            return None
        for parameter in command.params:
            if type(parameter.type) in (click.types.StringParamType, FuncParamType):
                parameter.type = values_of(parameter, cmd_name, self.registry) or parameter.type
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands that begin so, imported none of them, and the options."""
        names = zip(self.list_commands(ctx), self.registry.specs(CommandSpec.kind), strict=True)
        commands = [
            CompletionItem(name, help=spec.summary)
            for name, spec in names
            if name.startswith(incomplete)
        ]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]
