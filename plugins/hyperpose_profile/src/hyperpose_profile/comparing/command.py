"""`hyperpose compare`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from hyperpose_core.cli.options import debug_option, json_option
from hyperpose_core.cli.quiet import load_tensorflow
from hyperpose_core.config import Config, parse_option
from hyperpose_core.errors import InputError
from hyperpose_core.registry import get_registry
from hyperpose_core.support.messages import Messages, printable
from hyperpose_profile.cores import limit_cores, threads_option
from hyperpose_profile.subjects import Subject, subject

COUNT = click.IntRange(min=1)


@click.command("compare")
@click.argument("models", metavar="RUN|FILE...", nargs=-1, required=True)
@click.option("--dataset", metavar="NAME", help="Whose images.  [default: the first one's own]")
@click.option("--data", metavar="DIR", help="The folder that holds the dataset.")
@click.option("--split", metavar="NAME", help="Of the dataset.  [default: the first one's own]")
@click.option("--limit", type=COUNT, metavar="N", help="The first N images.  [default: all]")
@click.option("--input-size", metavar="WxH", help="Of all networks.  [default: each its own]")
@click.option("--repeat", type=COUNT, default=1, show_default=True, help="Times for each image.")
@threads_option
@click.option("--save-dir", metavar="DIR", default="./save_dir", show_default=True)
@click.option("--set", "sets", metavar="GROUP.KEY=VALUE", multiple=True, help="One, for all.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
@json_option
@debug_option
def command(
    models: tuple[str, ...],
    dataset: str | None,
    data: str | None,
    split: str | None,
    limit: int | None,
    input_size: str | None,
    repeat: int,
    threads: int | None,
    save_dir: str,
    sets: tuple[str, ...],
    quiet: bool,
    as_json: bool,
) -> None:
    """Compare speed and accuracy of runs, exports and runtimes on the same images.

    Two or more: runs, by name or folder, or exported files. RUN:best is the best model of a run;
    FILE:RUNTIME is a file in a runtime, as list-plugins names it. Every image goes through all of
    them, in an order that alternates; each is scored by the dataset's official protocol.

    \b
    hyperpose compare coco lw.onnx --dataset coco --data data/coco
    hyperpose compare lw.onnx:onnxruntime lw.onnx:openvino lw.tflite --limit 100 --threads 1
    hyperpose compare first second:best
    """
    if len(models) < 2:
        raise InputError(f"name two to compare, or more; got {models[0]} alone")
    limit_cores(threads)
    registry = get_registry()
    subjects = [subject(text, save_dir, registry) for text in models]
    options: dict[str, Any] = {"data.type": dataset, "data.path": data, "data.eval_split": split}
    options |= {"eval.limit": limit, "log.quiet": quiet or None}
    if input_size is not None:
        options |= dict([parse_option(f"model.input_size={input_size}")])
    configs = [one.config(options, sets) for one in subjects]
    _check_same_dataset(subjects, configs)
    load_tensorflow()
    from hyperpose_profile.comparing.compare import compare
    from hyperpose_profile.comparing.text import lines

    found = compare(subjects, configs, repeat, registry, Messages(quiet))
    if as_json:
        click.echo(json.dumps(found.to_dict()))
        return
    for line in lines(found):
        click.echo(printable(line))


def _check_same_dataset(subjects: Sequence[Subject], configs: Sequence[Config]) -> None:
    """Raise InputError where the models' own datasets differ, and none was named."""
    pairs = zip(subjects, configs, strict=True)
    types = {config.data.type: one.name for one, config in pairs}
    if len(types) > 1:
        own = ", ".join(f"that of {name} is {kind}" for kind, name in types.items())
        raise InputError(f"on which dataset? Name one with --dataset; {own}")
