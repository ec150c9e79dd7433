"""`hyperpose estimate-sigmas`."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import click

from hyperpose_core.cli.options import debug_option, json_option
from hyperpose_core.support.files import write_text
from hyperpose_core.support.messages import printable


@click.command("estimate-sigmas")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=Path)
@click.option("--out", metavar="FILE.toml", type=Path, help="Write them as a skeleton in TOML.")
@click.option("--category", metavar="NAME", help="Which category, where several have keypoints.")
@click.option(
    "--min-repeats",
    type=click.IntRange(min=2),
    default=30,
    show_default=True,
    help="Annotations beyond each person's first that every keypoint needs.",
)
@json_option
@debug_option
def command(
    files: tuple[Path, ...], out: Path | None, category: str | None, min_repeats: int, as_json: bool
) -> None:
    """Measure the sigmas of OKS on people who were annotated more than once.

    FILE has COCO's form. Repeats of a person have the same `object_id` in one file, or the same
    `id` in several files, one for each annotator.

    \b
    hyperpose estimate-sigmas anna.json ben.json --out sigmas.toml
    hyperpose score results.json --dataset coco-custom --sigmas sigmas.toml
    """
    from hyperpose_coco.sigmas.estimate import estimate_sigmas
    from hyperpose_coco.sigmas.repeats import read_repeats

    skeleton, people = read_repeats(files, category)
    found = estimate_sigmas(people, skeleton.keypoints, min_repeats)
    columns = zip(
        skeleton.keypoints,
        found.sigmas.tolist(),
        found.errors.tolist(),
        found.repeats.tolist(),
        strict=True,
    )
    rows = [
        dict(zip(("keypoint", "sigma", "error", "repeats"), row, strict=True)) for row in columns
    ]
    if out is not None:
        limbs = [list(limb) for limb in skeleton.limbs]
        write_text(out, toml(out.stem, rows, limbs, found.people, files))
    if as_json:
        click.echo(json.dumps({"people": found.people, "keypoints": rows}))
        return
    width = max(len(row["keypoint"]) for row in rows)
    click.echo(f"{'keypoint':{width}}   sigma   +/-     repeats")
    for row in rows:
        numbers = f"{row['sigma']:.4f}  {row['error']:.4f}  {row['repeats']:7d}"
        click.echo(printable(f"{row['keypoint']:{width}}  {numbers}"))
    click.echo(f"from {found.people} people who were annotated more than once")
    if out is not None:
        click.echo(f"written to {out}")


def toml(
    name: str,
    rows: list[dict[str, Any]],
    limbs: list[list[int]],
    people: int,
    files: tuple[Path, ...],
) -> str:
    """Return a skeleton in TOML, with how sure each sigma is as a comment."""
    head = f"# Sigmas of OKS from {people} people annotated more than once in "
    lines = [head + ", ".join(file.name for file in files)]
    lines += [f"name = {quoted(name)}", "keypoints = ["]
    lines += [f"    {quoted(row['keypoint'])}," for row in rows]
    lines += ["]", f"limbs = {limbs}", "sigmas = ["]
    for row in rows:
        digits = max(0, 2 - math.floor(math.log10(row["sigma"])))
        lines.append(f"    {row['sigma']:.{digits}f},  # +/- {row['error']:.2g}")
    return "\n".join([*lines, "]", ""])


def quoted(text: str) -> str:
    """Return a text as TOML and JSON both write it."""
    return json.dumps(text)
