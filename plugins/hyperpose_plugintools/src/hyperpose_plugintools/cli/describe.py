"""`hyperpose describe`."""

from __future__ import annotations

import json

import click

from hyperpose_core.cli.options import debug_option, json_option
from hyperpose_core.cli.quiet import load_tensorflow
from hyperpose_core.plugins import discover
from hyperpose_core.registry import Registry
from hyperpose_core.specs import KINDS


@click.command("describe")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("name")
@json_option
@debug_option
def command(kind: str, name: str, as_json: bool) -> None:
    """Say what a component is, what it can be given, and where it comes from.

    \b
    hyperpose describe filter min-keypoints
    hyperpose describe model Openpose
    """
    registry = Registry(discover())
    registry.get(kind, name)  # says what there is before TensorFlow is imported
    load_tensorflow()
    from hyperpose_plugintools.describe import description, text

    told = description(kind, name, registry)
    click.echo(json.dumps(told, indent=1, default=str) if as_json else text(told))
