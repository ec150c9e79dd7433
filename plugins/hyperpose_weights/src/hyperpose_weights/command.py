"""`hyperpose import-weights`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from hyperpose_core.cli.options import debug_option, json_option
from hyperpose_core.cli.quiet import load_tensorflow
from hyperpose_core.config import parse_option
from hyperpose_core.support.messages import Messages, printable

SETTINGS = {
    "name": "model.name",
    "model": "model.type",
    "backbone": "model.backbone",
    "dataset": "data.type",
    "save_dir": "log.save_dir",
}


@click.command("import-weights")
@click.argument("file", metavar="FILE", type=Path)
@click.option("--name", metavar="RUN", required=True, help="The run to make.")
@click.option("--model", metavar="NAME", required=True, help="The architecture.")
@click.option("--backbone", metavar="NAME", help="The backbone; the model's default if left out.")
@click.option("--format", "file_format", metavar="NAME", help="The format; else it is recognised.")
@click.option(
    "--trust-pickle", is_flag=True, help="Read a pickled file too; nothing in it can run."
)
@click.option("--partial", is_flag=True, help="Load what fits, and list what does not.")
@click.option("--dataset", metavar="NAME", help="The dataset whose keypoints the model knows.")
@click.option("--input-size", metavar="WxH", help="Width and height of the network's input.")
@click.option("--set", "sets", metavar="GROUP.KEY=VALUE", multiple=True, help="One setting.")
@click.option("--save-dir", metavar="DIR", help="The folder of all runs.  [default: ./save_dir]")
@click.option("--quiet", is_flag=True, help="No messages.")
@json_option
@debug_option
def command(
    file: Path,
    file_format: str | None,
    trust_pickle: bool,
    partial: bool,
    input_size: str | None,
    sets: tuple[str, ...],
    quiet: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Make a run of weights that were trained elsewhere, for `eval` and `infer`.

    Every array has to fit, by name and shape; otherwise the message names those that do not.
    `hyperpose list-plugins --kind weight_importer` lists the formats.

    \b
    hyperpose import-weights published.npz --model LightweightOpenpose --name lightweight
    """
    options = {SETTINGS[key]: value for key, value in given.items()}
    if input_size is not None:
        key, value = parse_option(f"model.input_size={input_size}")
        options[key] = value

    load_tensorflow()
    from hyperpose_weights.importing import import_weights

    imported = import_weights(
        file,
        options,
        sets,
        file_format=file_format,
        trust_pickle=trust_pickle,
        partial=partial,
    )
    if as_json:
        click.echo(json.dumps(imported.to_dict()))
        return
    fit, run = imported.fit, imported.run
    misshapen = [f"{name}: {got}, needed {need}" for name, (got, need) in fit.misshapen.items()]
    if partial:
        _list("loaded", fit.fitting)
        _list("left at their initial values", fit.missing)
        _list("of another shape, not used", misshapen)
        _list("left over in the file", fit.left_over)
    count = f"{len(fit.fitting)} of {len(fit.fitting) + len(fit.missing) + len(misshapen)}"
    click.echo(f"loaded {count} arrays ({imported.format}) into {run.newest_model}")
    Messages(quiet).say(f"use it with: hyperpose infer IMAGE... {run.words}")


def _list(title: str, names: Sequence[str]) -> None:
    click.echo(f"{title}: {len(names)}")
    for name in names:
        click.echo(f"  {printable(name)}")
