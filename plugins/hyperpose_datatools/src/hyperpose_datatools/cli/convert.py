"""`hyperpose convert`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from hyperpose_core.cli.options import debug_option, json_option
from hyperpose_core.support.messages import Messages


@click.command("convert")
@click.argument("source", metavar="SOURCE", type=Path)
@click.argument("target", metavar="TARGET", type=Path)
@click.option(
    "--to",
    required=True,
    metavar="FORMAT",
    help="coco, yolo, or a dataset that has a form of its own, as mpii.",
)
@click.option("--from", "source_format", metavar="FORMAT", help="coco, yolo, or a dataset.")
@click.option("--split", metavar="NAME", default="train", show_default=True)
@click.option("--version", metavar="NAME", help="The version, where SOURCE is a dataset's folder.")
@click.option("--images", metavar="DIR", type=Path, help="The images of a JSON file.")
@click.option("--category", metavar="NAME", help="Of a JSON file, where several have keypoints.")
@click.option(
    "--keypoints", metavar="NAME", help="What SOURCE's keypoints are: coco, mpii, or a TOML file."
)
@click.option(
    "--skeleton", metavar="NAME", help="Convert keypoints by name: coco, mpii, or a TOML file."
)
@click.option(
    "--files",
    type=click.Choice(["link", "copy", "none"]),
    default="link",
    show_default=True,
    help="What becomes of the images; for yolo.",
)
@click.option("--quiet", is_flag=True, help="No messages.")
@json_option
@debug_option
def command(
    source: Path,
    target: Path,
    to: str,
    source_format: str | None,
    split: str,
    version: str | None,
    images: Path | None,
    category: str | None,
    keypoints: str | None,
    skeleton: str | None,
    files: str,
    quiet: bool,
    as_json: bool,
) -> None:
    """Convert annotations between COCO's JSON, MPII's .mat and YOLO-pose text.

    What the new format cannot carry is said on standard error.

    \b
    hyperpose convert people.json yolo --to yolo --images photos --split train
    hyperpose convert yolo/data.yaml people.json --to coco --split train
    hyperpose convert data/mpii mpii_train.json --from mpii --to coco --split train
    """
    from hyperpose_datatools.conversion import convert_annotations

    done = convert_annotations(
        source,
        target,
        to=to,
        source_format=source_format,
        split=split,
        version=version,
        images=images,
        category=category,
        keypoints=keypoints,
        skeleton=skeleton,
        files=files,
    )
    messages = Messages(quiet)
    messages.say(f"{done.images} images, {done.people} people with keypoints: {done.written}")
    messages.say(f"names of images are relative to {done.image_root}")
    if done.lost:
        messages.say(f"Lost: {'; '.join(done.lost)}.")
    if as_json:
        click.echo(json.dumps(done.to_dict()))
