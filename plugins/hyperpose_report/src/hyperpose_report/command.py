"""`hyperpose report`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from hyperpose_core.cli.options import debug_option, json_option
from hyperpose_core.registry import get_registry
from hyperpose_core.support.messages import Messages


@click.command("report")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option(
    "--out", metavar="FILE", type=Path, help="The file to write.  [default: report.html in the run]"
)
@click.option("--data", metavar="DIR", help="The folder that holds the dataset.")
@click.option("--save-dir", metavar="DIR", default="./save_dir", show_default=True)
@click.option("--set", "sets", metavar="GROUP.KEY=VALUE", multiple=True, help="One setting.")
@click.option("--quiet", is_flag=True, help="No messages but warnings.")
@json_option
@debug_option
def command(
    runs: tuple[str, ...],
    out: Path | None,
    data: str | None,
    save_dir: str,
    sets: tuple[str, ...],
    quiet: bool,
    as_json: bool,
) -> None:
    """Write a page about a run, or about several side by side.

    RUN is the name of a run, or its folder. The page is one file, which browsers open without a
    network: what was trained, curves, time, scores, errors, the best and the worst images. What has
    to do with people is measured on the results of the last `hyperpose eval`. Sections come from
    plugins; one that fails costs itself alone.

    \b
    hyperpose report first
    hyperpose report first second --out compared.html
    """
    from hyperpose_report.contracts import ReportInput
    from hyperpose_report.making import check_file, default_file, runs_of, sections, write
    from hyperpose_report.reading.run import find_run

    messages = Messages(quiet)
    folders = [find_run(name, save_dir) for name in runs]
    path = out or default_file(folders)
    check_file(path)
    chosen = runs_of(folders, {"data.path": data}, sets)
    parts = sections(ReportInput(chosen, get_registry()))
    for part in parts:
        if part.problem:
            messages.warn(f"{part.title}: {part.problem}")
    if path.exists():
        messages.say(f"replacing the report that was there, {path}")
    write(chosen, parts, path)
    if as_json:
        failed = {part.name: part.problem for part in parts if part.problem}
        names = [part.name for part in parts]
        click.echo(json.dumps({"file": str(path), "sections": names, "failed": failed}))
    else:
        click.echo(f"wrote {path}")
