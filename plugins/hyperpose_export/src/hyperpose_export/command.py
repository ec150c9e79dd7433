"""`hyperpose export`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from hyperpose_core.cli.options import debug_option, json_option, weights_option
from hyperpose_core.cli.run_options import runs_in
from hyperpose_core.config import resolve_config
from hyperpose_core.errors import InputError
from hyperpose_core.registry import get_registry
from hyperpose_core.runs import Run
from hyperpose_core.support.messages import Messages, printable


@click.command("export")
@click.argument("run", metavar="RUN")
@click.option("--to", metavar="FORMAT", help="The format; list-plugins names them.  [required]")
@click.option(
    "--out", metavar="FILE", type=Path, help="The file to write.  [default: in the run's exported]"
)
@click.option(
    "--precision",
    type=click.Choice(("float32", "float16")),
    default="float32",
    show_default=True,
    help="Of the file's weights, or of its convolutions.",
)
@click.option("--int8", is_flag=True, help="8 bits, with ranges found on images.")
@click.option("--with-input", is_flag=True, help="The file takes uint8, 0 to 255.")
@click.option("--with-peaks", is_flag=True, help="The file finds the peaks of its maps, too.")
@click.option("--images", metavar="PATH", multiple=True, type=Path, help="Compare on these images.")
@click.option("--calibration", metavar="PATH", multiple=True, type=Path, help="Images for --int8.")
@click.option("--runtime", metavar="NAME", help="What runs the file to compare it.")
@click.option("--no-verify", is_flag=True, help="Do not compare the file with the model.")
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@weights_option
@click.option("--save-dir", metavar="DIR", default="./save_dir", show_default=True)
@click.option("--set", "sets", metavar="GROUP.KEY=VALUE", multiple=True, help="One setting.")
@click.option("--quiet", is_flag=True, help="No messages.")
@json_option
@debug_option
def command(
    run: str,
    to: str | None,
    out: Path | None,
    precision: str,
    int8: bool,
    with_input: bool,
    with_peaks: bool,
    images: tuple[Path, ...],
    calibration: tuple[Path, ...],
    runtime: str | None,
    no_verify: bool,
    overwrite: bool,
    weights: str | None,
    save_dir: str,
    sets: tuple[str, ...],
    quiet: bool,
    as_json: bool,
) -> None:
    """Write the model of a run for another runtime, run the file, and compare the two.

    RUN is the name of a run, or its folder. The file takes images of any number and size. It is
    kept when its maps and people are those of the model, on --images, on the run's dataset, or on
    drawn people. Beside it lies a JSON with all that a program needs to use it.

    \b
    hyperpose export coco --to onnx --out lw.onnx
    hyperpose export coco --to tflite --int8 --calibration photos/
    hyperpose eval --model-file lw.onnx --dataset coco --data data/coco
    """
    if int8 and precision != "float32":
        raise InputError("--int8 and --precision float16 exclude each other")
    folder = _folder(run, save_dir)
    registry, messages = get_registry(), Messages(quiet)
    if to is None:
        raise InputError(f"which format? --to with one of {', '.join(registry.names('exporter'))}")
    for words in _unused(int8, bool(calibration), no_verify, bool(images), bool(runtime)):
        messages.warn(words)
    from hyperpose_core.evaluation.text import plain
    from hyperpose_export.contracts import Options
    from hyperpose_export.exporting import Wanted, export

    options = Options("int8" if int8 else precision, with_input, with_peaks)
    wanted = Wanted(
        to=to,
        path=out,
        options=options,
        images=images,
        calibration=calibration,
        verify=not no_verify,
        runtime=runtime,
        overwrite=overwrite,
        weights=weights or "newest",
    )
    config = resolve_config(run=folder.config, sets=sets)
    exported = export(folder, config, wanted, registry, messages)
    parity = exported.parity
    if as_json:
        report = parity.to_dict() if parity else None
        click.echo(json.dumps(plain({"file": str(exported.path), "parity": report})))
        return
    for line in parity.lines() if parity else ("not compared with the model",):
        click.echo(printable(line))
    if parity and not parity.people:
        messages.warn(
            "the model finds nobody in these images, so that only maps were compared: give images "
            "of people with --images"
        )
    click.echo(f"wrote {exported.path}")


def _unused(
    int8: bool, calibration: bool, no_verify: bool, images: bool, runtime: bool
) -> Iterator[str]:
    """Yield a sentence for each option that has no effect beside the others."""
    if calibration and not int8:
        yield "--calibration is not used: it is for --int8"
    for option, given in (("--images", images), ("--runtime", runtime)):
        if given and no_verify:
            yield f"{option} is not used: with --no-verify nothing is compared"


def _folder(run: str, save_dir: str) -> Run:
    """Return the run of a name or a folder; InputError where it has no trained model."""
    found = [Run(path) for path in (Path(save_dir) / run, Path(run))]
    for one in found:
        if one.newest_model.is_file():
            return one
    known = ", ".join(runs_in(save_dir)) or "none"
    raise InputError(
        f"there is no trained run {run!r}, neither in {save_dir}, which has {known}, nor as a "
        f"folder; train it first"
    )
