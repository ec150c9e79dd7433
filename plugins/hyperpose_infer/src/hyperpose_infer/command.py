"""`hyperpose infer`."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hyperpose_core.cli.options import debug_option, json_option, weights_option
from hyperpose_core.cli.quiet import load_tensorflow
from hyperpose_core.config import resolve_config
from hyperpose_core.plugins.life_cycle import PluginHooks
from hyperpose_core.registry import get_registry
from hyperpose_core.support.files import make_folder
from hyperpose_core.support.messages import Messages
from hyperpose_infer.drawing_style import DrawingStyle, labels, style_options
from hyperpose_infer.image_files import image_files
from hyperpose_infer.model_file import model_file_options, no_runtime_without
from hyperpose_infer.options import people_options, setting_options, settings_of
from hyperpose_infer.which_model import WhichModel, which_model

if TYPE_CHECKING:
    from hyperpose_core.data.humans import Human
    from hyperpose_infer.outputs import Tell


@click.command("infer")
@click.argument("images", metavar="FILE...", nargs=-1, type=Path)
@click.option(
    "--camera", metavar="N", help="A camera, the first being 0, or the address of a stream."
)
@click.option("--name", metavar="RUN", help="The run whose model to use.")
@model_file_options
@click.option("--save-dir", metavar="DIR", default="./save_dir", show_default=True)
@click.option(
    "--out", metavar="DIR", type=Path, help="Where to write.  [default: the run's test_vis_dir]"
)
@click.option(
    "--format",
    "results",
    metavar="DATASET",
    help="Also write results.json, as the dataset takes results: coco.",
)
@weights_option
@setting_options
@click.option("--set", "sets", metavar="GROUP.KEY=VALUE", multiple=True, help="One setting.")
@people_options
@style_options
@click.option("--strict", is_flag=True, help="A file that cannot be read is an error.")
@click.option("--quiet", is_flag=True, help="No progress bar and no messages.")
@json_option
@debug_option
def command(
    images: tuple[Path, ...],
    camera: str | None,
    name: str | None,
    model_file: Path | None,
    runtime: str | None,
    save_dir: str,
    out: Path | None,
    results: str | None,
    weights: str | None,
    sets: tuple[str, ...],
    max_people: int | None,
    track: bool,
    smooth: bool,
    color_by: str,
    label: str,
    show_maps: bool,
    show_parts: bool,
    strict: bool,
    quiet: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Find people in images, videos and what a camera sees; write them with skeletons.

    FILE is an image, a video, a folder of them, or a pattern such as "photos/*.jpg". Ctrl-C ends
    it; what was found until then is kept.

    Beside pictures and videos the folder gets frames.jsonl, a line for each image or frame as soon
    as it is seen, and humans.json. --min-score, --scales, --flip, --precision and --batch-size are
    short for the settings test.min_score, eval.scales, eval.flip, eval.precision, eval.batch_size.

    \b
    hyperpose infer photo.jpg --name coco --out found
    hyperpose infer photos/ "more/*.png" --name coco --format coco
    hyperpose infer walk.mp4 --name coco --track --smooth
    hyperpose infer --camera 0 --model-file lw.onnx
    """
    cameras = [] if camera is None else [camera]
    if not images and not cameras:
        raise click.UsageError("Missing argument 'FILE...': what to look at, or --camera 0.")
    given = [*map(str, images), *(word for one in cameras for word in ("--camera", one))]
    no_runtime_without(model_file, runtime)
    model = which_model(name, model_file, save_dir, weights, given)
    messages = Messages(quiet)
    style = DrawingStyle(color_by, labels(label, track or smooth))
    looked_at = image_files(images, messages, strict, len(cameras))
    options = {"test.weights": weights, **settings_of(settings)}
    config = resolve_config(run=model.settings, options=options, sets=sets)
    if not model.exported:
        load_tensorflow()
    from hyperpose_core.inference import load_predictor
    from hyperpose_infer.drawing import draw_people
    from hyperpose_infer.finding import Finding
    from hyperpose_infer.montage import MapPictures
    from hyperpose_infer.outputs import Wanted

    folder = make_folder(out or model.run.pictures("test"), "--out")
    if looked_into := [path for path in images if path.is_dir() and path.samefile(folder)]:
        messages.warn(
            f"pictures are written into {looked_into[0]}, which is looked at: the next time they "
            f"are looked at, too"
        )
    predictor = load_predictor(model.path, config, runtime=runtime)
    maps = MapPictures(predictor.family, show_parts, messages) if show_maps or show_parts else None
    draw = partial(draw_people, style=style)
    finding = Finding(
        predictor,
        folder,
        Wanted(draw, max_people, track, smooth, results, strict, maps),
        _teller(model, messages),
        messages,
    )
    found = finding(looked_at.files, cameras, model.words, looked_at.missing)
    if as_json:
        click.echo(json.dumps(found))


def _teller(model: WhichModel, messages: Messages) -> Tell:
    """Return what tells the plugins of each image, or each frame, of a video."""
    from hyperpose_core.contracts.uses import InferenceEvent

    told = PluginHooks(get_registry().records, messages)

    def tell(image: Path, humans: list[Human], picture: Path) -> None:
        told.tell(InferenceEvent(model=model.path, image=image, humans=humans, picture=picture))

    return tell
