"""`hyperpose new-plugin`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from hyperpose_core.cli.options import debug_option, json_option
from hyperpose_plugintools.new_plugin import KINDS, write_plugin


@click.command("new-plugin")
@click.argument("name")
@click.option(
    "--kind", type=click.Choice(list(KINDS)), required=True, help="What the plugin shall bring."
)
@click.option(
    "--to",
    "parent",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The folder in which that of the plugin is made; this one where it is left out.",
)
@json_option
@debug_option
def command(name: str, kind: str, parent: Path, as_json: bool) -> None:
    """Write a plugin that can be installed, passes its checks, and is to be changed.

    NAME is what users will call it by; the distribution is called hyperpose-NAME.

    \b
    hyperpose new-plugin crowds --kind filter
    pip install -e hyperpose-crowds
    hyperpose check-plugin crowds
    """
    folder, files = write_plugin(name, kind, parent)
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "files": [str(file) for file in files]}))
        return
    click.echo(f"{folder} has {len(files)} files. Now:\n")
    for line in (f"pip install -e {folder}", *KINDS[kind].next_lines(folder.name)):
        click.echo(f"    {line}")
