"""`hyperpose info`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING

import click

from hyperpose_core.cli.options import debug_option, json_option
from hyperpose_core.cli.quiet import load_tensorflow
from hyperpose_core.config import resolve_config
from hyperpose_core.registry import get_registry
from hyperpose_core.support.messages import Messages

if TYPE_CHECKING:
    from hyperpose_weights.inspecting.info import Info

ROW = "{:22} {:17} {:>11} {:>8} {:>8} {:>6} {:>9} {:>8}  {}"
HEAD = (
    *("MODEL", "BACKBONE", "PARAMETERS", "MB", "GMADD", "STRIDE", "INPUT", "SECONDS"),
    "OUTPUTS",
)


@click.command("info")
@click.argument("model", metavar="[MODEL]", required=False)
@click.option("--backbone", metavar="NAME", help="The backbone; the model's default if left out.")
@click.option(
    "--all", "every", is_flag=True, help="On every backbone that fits; all models if none is named."
)
@click.option("--input-size", metavar="WxH", help="Of the network's input.")
@click.option(
    "--time/--no-time", "timed", default=None, help="Time a forward pass.  [default: of one model]"
)
@click.option("--set", "sets", metavar="GROUP.KEY=VALUE", multiple=True, help="One setting.")
@json_option
@debug_option
def command(
    model: str | None,
    backbone: str | None,
    every: bool,
    input_size: str | None,
    timed: bool | None,
    sets: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show parameters, size, multiply-adds, stride, outputs and speed of a model.

    Without MODEL: a table of all architectures on all backbones, those of other plugins too.

    \b
    hyperpose info
    hyperpose info LightweightOpenpose --input-size 656x368
    hyperpose info Openpose --all --time
    """
    registry = get_registry()
    texts = [*([f"model.input_size={input_size}"] if input_size else []), *sets]
    config = resolve_config(sets=texts)
    if model is not None:
        config.model.type = registry.get("model", model).name if "/" not in model else model
        registry.get("model", model)
    one = model is not None and not every
    if backbone is not None:
        backbone = config.model.backbone = registry.get("backbone", backbone).name

    load_tensorflow()
    from hyperpose_weights.inspecting.info import describe, describe_pairs

    if one:
        found: Iterable[Info] = [describe(config, registry, timed is not False)]
    else:
        name = config.model.type if model is not None else None
        found = describe_pairs(config, registry, name, backbone, bool(timed))
    if as_json:
        click.echo(json.dumps([info.to_dict() for info in found]))
    elif one:
        for info in found:
            click.echo(sheet(info))
    else:
        _table(found)


def sheet(info: Info) -> str:
    """Return one model as lines of name and value."""
    lines = {
        "model": info.model,
        "backbone": info.backbone or "its own",
        "parameters": f"{info.parameters:,} ({info.megabytes:.1f} MB)",
        "multiply-adds": f"{info.multiply_adds:,}",
        "stride": info.stride,
        "input": "{}x{}".format(*info.input_size),
        "outputs": _shapes(info),
        "forward pass": "-" if info.seconds is None else f"{info.seconds:.3f} s on this machine",
    }
    return "\n".join(f"{name:14} {value}" for name, value in lines.items())


def row(info: Info) -> str:
    """Return one model as a line of the table."""
    if info.error:
        return f"{info.model:22} {info.backbone or '-':17} cannot be built: {info.error}"
    return ROW.format(
        info.model,
        info.backbone or "-",
        f"{info.parameters:,}",
        f"{info.megabytes:.1f}",
        f"{info.multiply_adds / 1e9:.2f}",
        info.stride,
        "{}x{}".format(*info.input_size),
        "-" if info.seconds is None else f"{info.seconds:.3f}",
        _shapes(info),
    )


def _shapes(info: Info) -> str:
    """Return the shapes of the maps of one image, those that follow each other once."""
    shapes = ["x".join(map(str, shape[1:])) for shape in info.outputs or ()]
    counted = [(shape, len(list(same))) for shape, same in groupby(shapes)]
    return ", ".join(shape if count == 1 else f"{count} of {shape}" for shape, count in counted)


def _table(found: Iterable[Info]) -> None:
    for number, info in enumerate(found):
        if number == 0:
            click.echo(ROW.format(*HEAD))
        click.echo(row(info))
    Messages().say(
        "MB: 2^20 bytes in float32. GMADD: 10^9 multiply-adds of one image. SECONDS: of one "
        "forward pass here, with --time."
    )
