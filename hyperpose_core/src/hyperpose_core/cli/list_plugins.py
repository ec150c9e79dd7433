"""`hyperpose list-plugins`: who is installed, in what state, and what each offers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from hyperpose_core.cli.options import debug_option, json_option
from hyperpose_core.cli.plugin_group import found
from hyperpose_core.hookspecs import PROJECT
from hyperpose_core.plugins import PluginRecord
from hyperpose_core.specs import KINDS
from hyperpose_core.support.version import __version__


@click.command("list-plugins")
@json_option
@click.option(
    "--kind",
    type=click.Choice(list(KINDS)),
    help="Only components of this kind, and what is not ok.",
)
@click.option("--check", is_flag=True, help="Exit with 1 where a plugin is not ok.")
@debug_option
@click.pass_context
def command(context: click.Context, as_json: bool, kind: str | None, check: bool) -> int:
    """List the installed plugins, their state, and what they offer: components, and hooks that
    a training calls (life_cycle).
    """
    records = found(context).records
    kinds = [kind] if kind else list(KINDS)
    shown = [r for r in records if r.status != "ok" or not kind or kind in r.components]
    click.echo(json.dumps(document(shown, kinds), indent=2) if as_json else table(shown, kinds))
    return int(check and any(record.status != "ok" for record in records))


def document(records: Sequence[PluginRecord], kinds: Sequence[str]) -> dict[str, Any]:
    """Return what `--json` prints."""
    plugins = [
        {
            "name": record.name,
            "distribution": record.distribution,
            "version": record.version,
            "status": record.status,
            "error": record.error,
            "components": _components(record, kinds),
            "life_cycle": list(record.life_cycle),
        }
        for record in records
    ]
    return {"core": __version__, "plugins": plugins}


def table(records: Sequence[PluginRecord], kinds: Sequence[str]) -> str:
    """Return a padded table: a line a plugin and kind."""
    rows: list[tuple[str, ...]] = [("NAME", "VERSION", "STATUS", "KIND", "PROVIDES")]
    for record in records:
        rows += _rows(record, kinds)
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(_line(row, widths) for row in rows)


def _rows(record: PluginRecord, kinds: Sequence[str]) -> list[tuple[str, ...]]:
    offers = [(kind, ", ".join(names)) for kind, names in _components(record, kinds).items()]
    if record.life_cycle and set(kinds) == set(KINDS):
        hooks = (hook.removeprefix(f"{PROJECT}_") for hook in record.life_cycle)
        offers.append(("life_cycle", ", ".join(hooks)))
    if record.error:
        offers.insert(0, ("-", f"{record.status}: {record.error}"))
    first, *rest = offers or [("-", "-")]
    head = (record.name, record.version, record.status)
    return [(*head, *first), *(("", "", "", *line) for line in rest)]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
    return "  ".join([*cells, row[4]]).rstrip()


def _components(record: PluginRecord, kinds: Sequence[str]) -> dict[str, list[str]]:
    return {kind: names for kind, names in record.components.items() if kind in kinds}
