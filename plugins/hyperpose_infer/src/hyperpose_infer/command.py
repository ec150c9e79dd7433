"""`hyperpose infer`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hyperpose_core.cli.options import debug_option, json_option, weights_option
from hyperpose_core.cli.quiet import load_tensorflow
from hyperpose_core.cli.run_options import runs_in
from hyperpose_core.config import resolve_config
from hyperpose_core.errors import DataError, InputError
from hyperpose_core.plugins.life_cycle import PluginHooks
from hyperpose_core.registry import get_registry
from hyperpose_core.runs import Run
from hyperpose_core.support.files import make_folder, write_text
from hyperpose_core.support.messages import Messages
from hyperpose_infer.drawing_style import DrawingStyle, labels, style_options
from hyperpose_infer.image_files import image_files, picture_paths
from hyperpose_infer.model_file import described, model_file_options, results_of

if TYPE_CHECKING:
    from hyperpose_core.data.humans import Human
    from hyperpose_core.inference import Predictor


@click.command("infer")
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True, type=Path)
@click.option("--name", metavar="RUN", help="The run whose model to use.")
@model_file_options
@click.option("--save-dir", metavar="DIR", default="./save_dir", show_default=True)
@click.option(
    "--out", metavar="DIR", type=Path, help="Where to write.  [default: the run's test_vis_dir]"
)
@weights_option
@click.option("--set", "sets", metavar="GROUP.KEY=VALUE", multiple=True, help="One setting.")
@style_options
@click.option("--strict", is_flag=True, help="An unreadable image is an error.")
@click.option("--quiet", is_flag=True, help="No messages.")
@json_option
@debug_option
def command(
    images: tuple[Path, ...],
    name: str | None,
    model_file: Path | None,
    runtime: str | None,
    save_dir: str,
    out: Path | None,
    weights: str | None,
    sets: tuple[str, ...],
    color_by: str,
    label: str,
    strict: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Find people in images; write pictures with skeletons, and humans.json.

    IMAGE is a file, or a folder of images.

    \b
    hyperpose infer photo.jpg --name coco --out found
    hyperpose infer photos/ --name coco
    hyperpose infer photo.jpg --model-file lw.onnx
    """
    if model_file is not None:
        run, settings = results_of(model_file), described(model_file, name, weights)
    else:
        run = _run(name, save_dir)
        settings = run.config
    messages = Messages(quiet)
    style = DrawingStyle(color_by, labels(label))
    files = image_files(images, messages)
    config = resolve_config(run=settings, options={"test.weights": weights}, sets=sets)
    if model_file is None:
        load_tensorflow()
    from hyperpose_core.contracts.uses import InferenceEvent
    from hyperpose_core.inference import load_predictor

    predictor = load_predictor(model_file or run.folder, config, runtime=runtime)
    told = PluginHooks(get_registry().records, messages)
    used = model_file or run.folder

    def tell(image: Path, humans: list[Human], picture: Path) -> None:
        told.tell(InferenceEvent(model=used, image=image, humans=humans, picture=picture))

    entries = _infer(files, predictor, out or run.pictures("test"), strict, messages, tell, style)
    source = {"run": run.name} if model_file is None else {"model_file": str(model_file)}
    found = {**source, "images": entries}
    write_text((out or run.pictures("test")) / "humans.json", json.dumps(found, indent=1) + "\n")
    if as_json:
        click.echo(json.dumps(found))


def _run(name: str | None, save_dir: str) -> Run:
    """Return the run of a name; InputError where there is none."""
    if name is None:
        raise InputError(
            "which model? Name a run with --name or an exported file with --model-file; `hyperpose "
            "train --name first` makes a run, `hyperpose import-weights` one of published weights"
        )
    run = Run(Path(save_dir) / name)
    if not run.newest_model.is_file():
        known = ", ".join(runs_in(save_dir)) or "none"
        raise InputError(f"there is no trained run {name!r} in {save_dir}; there is: {known}")
    return run


def _infer(
    images: list[Path],
    predictor: Predictor,
    out: Path,
    strict: bool,
    messages: Messages,
    tell: Callable[[Path, list[Human], Path], None],
    style: DrawingStyle,
) -> list[dict[str, Any]]:
    from hyperpose_core.data.drawing import save_picture
    from hyperpose_infer.drawing import draw_people

    make_folder(out, "--out")
    entries: list[dict[str, Any]] = []
    for path, picture in zip(images, picture_paths(images, out), strict=True):
        try:
            image = predictor.read(path)
        except DataError as error:
            if strict:
                raise
            messages.warn(f"skipped: {error}")
            continue
        humans = predictor(image)
        save_picture(picture, draw_people(image, humans, style))
        tell(path, humans, picture)
        people = [human.to_dict() for human in humans]
        entries.append({"image": str(path), "picture": str(picture), "people": people})
        messages.say(f"{path}: {len(humans)} people, {picture}")
    if not entries:
        raise DataError(f"none of the {len(images)} images can be read")
    if len(entries) < len(images):
        messages.warn(f"{len(images) - len(entries)} of {len(images)} images were skipped")
    return entries
