"""`hyperpose convert`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from hyperpose_core.cli.options import debug_option, json_option
from hyperpose_core.errors import InputError
from hyperpose_core.support.messages import Messages


def _path(text: str) -> Path:
    """Return a path; an empty one, as of a variable that is not set, is not the folder `.`."""
    if not text:
        raise InputError("SOURCE or TARGET is empty: give a file or a folder, '.' for this one")
    return Path(text)


@click.command("convert")
@click.argument("source", metavar="SOURCE", type=_path)
@click.argument("target", metavar="TARGET", type=_path)
@click.option(
    "--to",
    required=True,
    metavar="FORMAT",
    help="The new format: coco, yolo, mpii, or another plugin's.",
)
@click.option(
    "--from",
    "source_format",
    metavar="FORMAT",
    help="The format of SOURCE, or the dataset whose folder it is.",
)
@click.option("--split", metavar="NAME", default="train", show_default=True)
@click.option("--version", metavar="NAME", help="The version, where SOURCE is a dataset's folder.")
@click.option("--images", metavar="DIR", type=Path, help="The images of a JSON file.")
@click.option("--category", metavar="NAME", help="Which, where SOURCE has several.")
@click.option(
    "--keypoints",
    metavar="NAME",
    help="What SOURCE's keypoints are, where it does not say: a skeleton's name (coco, mpii, "
    "another plugin's), or a TOML file.",
)
@click.option(
    "--skeleton", metavar="NAME", help="Convert keypoints, by name, to this skeleton or TOML file."
)
@click.option(
    "--files",
    type=click.Choice(["link", "copy", "none"]),
    help="What becomes of the images, where the format has them too; link for yolo.",
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
    files: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Convert annotations between file formats.

    Formats are COCO's JSON (coco), YOLO-pose text (yolo), MPII's .mat (mpii), and those of other
    plugins. What is left out, or cannot be carried, is said on standard error.

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
