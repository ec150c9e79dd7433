"""`hyperpose prepare`."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import click

from hyperpose_core.cli.options import debug_option, json_option
from hyperpose_core.errors import ConfigError, InputError
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.specs import DatasetSpec
from hyperpose_core.support.messages import Messages, printable
from hyperpose_datatools.prepare.archives import ArchivesOf, Choice
from hyperpose_datatools.prepare.checks import strength
from hyperpose_datatools.prepare.progress import amount
from hyperpose_datatools.prepare.run import Preparation, Prepared
from hyperpose_datatools.prepare.sources import Source
from hyperpose_datatools.prepare.space import free, needed


@click.command("prepare")
@click.argument("dataset", metavar="DATASET")
@click.option("--version", metavar="NAME", help="Which version; the first one if left out.")
@click.option("--to", "folder", metavar="DIR", type=Path, required=True, help="Where it goes.")
@click.option("--split", "splits", metavar="NAME", multiple=True, help="Only this; repeatable.")
@click.option(
    "--from",
    "given",
    metavar="PATH",
    type=Path,
    multiple=True,
    help="An archive that you have, or a folder of such; repeatable.",
)
@click.option("--mirror", metavar="URL", help="Another server: what its URLs begin with.")
@click.option("--keep-archives", is_flag=True, help="Leave what was downloaded in DIR/archives.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--quiet", is_flag=True, help="No progress bar and no messages.")
@json_option
@debug_option
def command(
    dataset: str,
    version: str | None,
    folder: Path,
    splits: tuple[str, ...],
    given: tuple[Path, ...],
    mirror: str | None,
    keep_archives: bool,
    dry_run: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Download a dataset, check it, unpack it, and see that no image is missing.

    Can be interrupted and called again: it goes on where it was.

    \b
    hyperpose prepare coco --version 2017 --to data/coco
    hyperpose prepare coco --split val --from ~/Downloads --to data/coco
    """
    spec, archives = find_archives(get_registry(), dataset)
    choice = archives.choose(version, splits, _checked(mirror))
    messages = Messages(quiet)
    preparation = Preparation(_in_home(folder), given, keep_archives, messages=messages)
    if dry_run:
        _show_plan(spec, choice, preparation, as_json)
        return 0
    try:
        prepared = preparation.run(archives, choice)
    except KeyboardInterrupt:
        messages.say("Run the same command again to go on from here.")
        raise
    if as_json:
        click.echo(json.dumps(document(spec, prepared)))
    else:
        _show_result(spec, prepared, messages)
    return int(bool(prepared.missing))


def find_archives(registry: Registry, dataset: str) -> tuple[DatasetSpec, ArchivesOf]:
    """Return a dataset and its archives.

    Raises:
        UnknownComponentError, PluginError: as `Registry.get`.
        InputError: there is nothing to download for it.
    """
    spec = cast("DatasetSpec", registry.get("dataset", dataset))
    archives = registry.load_part("dataset", dataset, "archives")
    if archives is None:
        raise InputError(f"the dataset {spec.name} has nothing to download: it is used as it is")
    return spec, archives


def document(spec: DatasetSpec, prepared: Prepared) -> dict[str, Any]:
    """Return what `--json` prints."""
    return {
        "dataset": spec.name,
        "version": prepared.choice.version,
        "splits": list(prepared.choice.splits),
        "folder": str(prepared.folder),
        "archives": [row(source) for source in prepared.sources],
        "missing": {
            "count": len(prepared.missing),
            "first": [str(path) for path in prepared.missing[:3]],
        },
        "use": use(spec, prepared),
    }


def row(source: Source) -> dict[str, Any]:
    """Return one archive as `--json` shows it."""
    archive = source.archive
    return {
        "name": archive.name,
        "from": {"done": "unpacked already", "local": str(source.path)}.get(
            source.kind, archive.url
        ),
        "size": archive.size,
        "to_download": source.to_download,
        "checked_by": strength(archive),
        "holds": archive.holds,
    }


def use(spec: DatasetSpec, prepared: Prepared) -> str:
    """Return the command that trains on what was prepared."""
    words = ["hyperpose", "train", "--dataset", spec.name.lower(), "--data", str(prepared.folder)]
    if spec.versions and prepared.choice.version != spec.versions[0]:
        words += ["--set", f"data.version={prepared.choice.version}"]
    return shlex.join(words)


def _in_home(folder: Path) -> Path:
    try:
        return folder.expanduser()
    except RuntimeError as error:
        raise InputError(
            f"--to: {folder} begins with the home of a user who is not known here: give the whole "
            f"path, beginning with /"
        ) from error


def _checked(mirror: str | None) -> str | None:
    if mirror is None:
        return None
    try:
        parts = urlsplit(mirror)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise ConfigError(
            f"--mirror: {mirror!r} is no beginning of a URL: write http(s)://HOST/FOLDER, or use "
            f"--from for files on this machine"
        )
    return mirror


def _show_plan(spec: DatasetSpec, choice: Choice, preparation: Preparation, as_json: bool) -> None:
    folder, sources = preparation.folder, preparation.sources(choice)
    need = needed(sources, preparation.keep)
    if as_json:
        plan = document(spec, Prepared(choice, folder, tuple(sources), ()))
        del plan["missing"]
        click.echo(json.dumps({**plan, "bytes_needed": need, "bytes_free": free(folder)}))
        return
    for source in sources:
        shown = row(source)
        size = amount(shown["size"]) if shown["size"] else "?"
        line = f"{shown['name']:30} {size:>9}  {shown['checked_by']:18} {shown['from']}"
        click.echo(printable(line))
    rest = amount(sum(source.to_download for source in sources))
    click.echo(f"to download: {rest}; room needed: {amount(need)}; free: {amount(free(folder))}")


def _show_result(spec: DatasetSpec, prepared: Prepared, messages: Messages) -> None:
    splits = ", ".join(prepared.choice.splits)
    name = f"{spec.name} {prepared.choice.version} ({splits})"
    if prepared.missing:
        first = printable(", ".join(map(str, prepared.missing[:3])))
        dots = ", ..." if len(prepared.missing) > 3 else ""
        click.echo(
            f"{name} is not complete: {len(prepared.missing)} of the images that the annotations "
            f"name are missing: {first}{dots}. Run the same command again; what was unpacked and "
            f"has been deleted since is got anew"
        )
        return
    click.echo(f"{name} is ready in {prepared.folder}: no image is missing")
    messages.say(f"use it with: {use(spec, prepared)}")
