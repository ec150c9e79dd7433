"""`hyperpose check-data`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click

from hyperpose_core.cli.options import debug_option, json_option
from hyperpose_core.cli.quiet import load_tensorflow
from hyperpose_core.support.messages import bar_settings
from hyperpose_datatools.cli.data_options import data_config, data_options


@click.command("check-data")
@data_options
@click.option("--limit", type=click.IntRange(min=1), help="Only the first images of each split.")
@click.option("--strict", is_flag=True, help="Exit with 1 where something looks wrong.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
@json_option
@debug_option
def command(
    split: str | None, limit: int | None, strict: bool, quiet: bool, as_json: bool, **given: Any
) -> int:
    """Read a whole dataset once, and say what looks wrong and what is in it.

    Every image is opened. Without --split: the training and the evaluation split.

    \b
    hyperpose check-data coco --data ./data/coco
    hyperpose check-data mpii --data ./data/mpii --json > report.json
    """
    config = data_config(**given)

    load_tensorflow()
    from hyperpose_core.evaluation.text import plain
    from hyperpose_datatools.checking import check_data
    from hyperpose_datatools.checking.table import table

    def progress(items: Iterable[Any], count: int, word: str) -> Iterable[Any]:
        from tqdm import tqdm

        return tqdm(items, total=count, desc=word, unit="image", **bar_settings(quiet))

    report = check_data(config, [split] if split else [], limit=limit, progress=progress)
    click.echo(json.dumps(plain(report.to_dict()), indent=1) if as_json else table(report))
    return int(strict and bool(report.findings))
