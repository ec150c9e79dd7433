"""`hyperpose doctor`."""

from __future__ import annotations

import json

import click

from hyperpose_core.cli.options import debug_option, json_option


@click.command("doctor")
@json_option
@debug_option
def command(as_json: bool) -> int:
    """Look at Python, TensorFlow, its devices, what is installed, and every plugin.

    Each finding says what to do. Exit code 1 where there is one.
    """
    from hyperpose_plugintools.doctor import diagnose, text

    found = diagnose()
    click.echo(json.dumps(found.to_dict(), indent=1) if as_json else text(found))
    return int(bool(found.findings))
