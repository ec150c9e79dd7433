"""The plugin: commands for those who write plugins, and for those whose plugins misbehave."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import CommandSpec

SECTION = "Commands for plugins"


@hookimpl
def hyperpose_register_commands() -> Iterable[CommandSpec]:
    """Offer the commands on plugins."""
    for name, module, summary in (
        ("new-plugin", "new_plugin", "Write a plugin that works, to be changed."),
        ("check-plugin", "check_plugin", "Check that a plugin keeps its promises."),
        ("describe", "describe", "Say what a component is, takes, and comes from."),
        ("doctor", "doctor", "Look for what is wrong with an installation."),
    ):
        target = f"hyperpose_plugintools.cli.{module}:command"
        yield CommandSpec(name=name, target=target, summary=summary, section=SECTION)
