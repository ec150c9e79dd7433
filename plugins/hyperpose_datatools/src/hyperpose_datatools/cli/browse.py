"""`hyperpose browse`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from hyperpose_core.cli.options import debug_option, json_option
from hyperpose_core.cli.quiet import load_tensorflow
from hyperpose_core.config import parse_option
from hyperpose_core.errors import DataError
from hyperpose_core.support.messages import Messages
from hyperpose_datatools.cli.data_options import data_config, data_options


@click.command("browse")
@data_options
@click.option("--to", "folder", metavar="DIR", type=Path, default="browse", show_default=True)
@click.option("--count", type=click.IntRange(min=1), default=16, show_default=True)
@click.option("--ids", metavar="ID,...", help="These images: ids, or names of files.")
@click.option("--seed", type=int, help="Another choice of images.  [default: 0]")
@click.option("--augmented", is_flag=True, help="What the network sees, with its targets.")
@click.option("--model", metavar="NAME", help="Whose targets; with --augmented.")
@click.option("--input-size", metavar="WxH", help="Of the network's input; with --augmented.")
@click.option("--quiet", is_flag=True, help="No messages.")
@json_option
@debug_option
def command(
    split: str | None,
    folder: Path,
    count: int,
    ids: str | None,
    seed: int | None,
    augmented: bool,
    model: str | None,
    input_size: str | None,
    quiet: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Draw annotated images: keypoints, limbs, boxes, and what the loss does not count.

    Without --ids: images at random, of those that training would see (filters are applied).

    \b
    hyperpose browse coco --data ./data/coco --to pictures
    hyperpose browse mpii --data ./data/mpii --augmented --model Openpose --input-size 368x368
    """
    if (model or input_size) and not augmented:
        raise click.UsageError("--model and --input-size need --augmented")
    options: dict[str, Any] = {
        "model.type": model,
        "data.train_split": split,
        "data.eval_split": split,
        "train.seed": seed,
    }
    if input_size is not None:
        key, value = parse_option(f"model.input_size={input_size}")
        options[key] = value
    config = data_config(options=options, **given)
    if ids and split is None:
        config.data.eval_split = config.data.train_split

    from hyperpose_core.build import get_dataset
    from hyperpose_core.registry import get_registry
    from hyperpose_datatools.browsing import browse, choose

    registry = get_registry()
    dataset = get_dataset(config, registry)
    wanted = [name.strip() for name in (ids or "").split(",") if name.strip()]
    samples = choose(dataset, config, count, registry, wanted)
    if augmented:
        load_tensorflow()
        from hyperpose_datatools.browsing.augmented import NetworkView

        draw: Any = NetworkView(config, dataset.skeleton, registry)
    else:
        from hyperpose_datatools.browsing.pictures import draw_sample

        def draw(sample: Any) -> Any:
            return draw_sample(sample, dataset.skeleton)

    written, failed = browse(samples, folder, draw)
    messages = Messages(quiet)
    for text in failed:
        messages.warn(text)
    if not written:
        raise DataError(f"none of the {len(samples)} images can be drawn: {failed[0]}")
    if as_json:
        click.echo(json.dumps({"pictures": [str(path) for path in written], "failed": failed}))
        return
    messages.say(f"{len(written)} pictures in {folder}")
