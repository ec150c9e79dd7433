"""`hyperpose profile`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from hyperpose_core.cli.options import debug_option, json_option, weights_option
from hyperpose_core.cli.quiet import load_tensorflow
from hyperpose_core.config import parse_option
from hyperpose_core.errors import InputError
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.support.messages import printable
from hyperpose_infer.model_file import described, model_file_options
from hyperpose_profile.cores import limit_cores, threads_option
from hyperpose_profile.subjects import Subject, subject

COUNT = click.IntRange(min=1)


@click.command("profile")
@click.argument("what", metavar="[RUN|MODEL]", required=False)
@model_file_options
@click.option("--backbone", metavar="NAME", help="Of MODEL; its default if left out.")
@click.option("--input-size", metavar="WxH", help="Width and height of the network's input.")
@click.option("--image", metavar="FILE", type=Path, help="Measured on.  [default: drawn people]")
@click.option("--layers", is_flag=True, help="Each layer, too.")
@click.option("--batch-size", type=COUNT, default=1, show_default=True, help="Images at a time.")
@click.option("--repeat", type=COUNT, default=20, show_default=True, help="Rounds that are timed.")
@threads_option
@weights_option
@click.option("--save-dir", metavar="DIR", default="./save_dir", show_default=True)
@click.option("--set", "sets", metavar="GROUP.KEY=VALUE", multiple=True, help="One setting.")
@json_option
@debug_option
def command(
    what: str | None,
    model_file: Path | None,
    runtime: str | None,
    backbone: str | None,
    input_size: str | None,
    image: Path | None,
    layers: bool,
    batch_size: int,
    repeat: int,
    threads: int | None,
    weights: str | None,
    save_dir: str,
    sets: tuple[str, ...],
    as_json: bool,
) -> None:
    """Say what a model costs: parameters, multiply-adds, time of each part, memory.

    RUN is the name of a run or its folder; MODEL is an architecture, which is measured with its
    first weights. An exported file is named by --model-file.

    \b
    hyperpose profile coco --image photo.jpg
    hyperpose profile coco --layers --threads 1
    hyperpose profile LightweightOpenpose --input-size 656x368
    hyperpose profile --model-file lw.onnx --batch-size 8
    """
    limit_cores(threads)
    registry = get_registry()
    chosen = _chosen(what, model_file, runtime, weights, save_dir, registry)
    if backbone is not None and chosen.model is None:
        raise InputError(f"--backbone is for an architecture; {chosen.name} has one")
    if backbone is not None:
        backbone = registry.get("backbone", backbone).name
    options = {"model.backbone": backbone}
    if input_size is not None:
        options |= dict([parse_option(f"model.input_size={input_size}")])
    config = chosen.config(options, sets)
    load_tensorflow()
    from hyperpose_profile.profiling.measure import Wanted, profile
    from hyperpose_profile.profiling.text import lines

    found = profile(chosen, config, Wanted(image, batch_size, repeat, layers), registry)
    if as_json:
        click.echo(json.dumps(found.to_dict()))
        return
    for line in lines(found):
        click.echo(printable(line))


def _chosen(
    what: str | None,
    model_file: Path | None,
    runtime: str | None,
    weights: str | None,
    save_dir: str,
    registry: Registry,
) -> Subject:
    """Return what is to be measured.

    Raises:
        InputError: nothing is named, or two things, or what is named is not there.
    """
    if model_file is not None:
        described(model_file, what, weights)
        return Subject(str(model_file), file=model_file, runtime=runtime)
    if what is None:
        raise InputError("measure what? Name a run or an architecture, or a file by --model-file")
    if runtime is not None:
        raise InputError("--runtime is for an exported file: name it with --model-file")
    found = subject(what, save_dir, registry, architectures=True)
    if weights is None:
        return found
    if found.run is None:
        raise InputError(f"--weights is for a run; {what} is {found.origin}")
    return Subject(found.name, run=found.run, weights=weights)
