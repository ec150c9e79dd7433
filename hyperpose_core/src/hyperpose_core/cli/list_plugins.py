"""`hyperpose list-plugins`: who is installed, in what state, and what each offers."""

from __future__ import annotations

import json
import sys
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
@click.option("--verbose", is_flag=True, help="Also files, seconds of imports, and targets.")
@click.option("--check", is_flag=True, help="Exit with 1 where a plugin is not ok.")
@debug_option
@click.pass_context
def command(
    context: click.Context, as_json: bool, kind: str | None, verbose: bool, check: bool
) -> int:
    """List the installed plugins, their state, and what they offer: components, and hooks that
    a training calls (life_cycle).
    """
    records = found(context).records
    kinds = [kind] if kind else list(KINDS)
    shown = [r for r in records if r.status != "ok" or not kind or kind in r.components]
    write = _json if as_json else table
    click.echo(write(shown, kinds, verbose))
    return int(check and any(record.status != "ok" for record in records))


def _json(records: Sequence[PluginRecord], kinds: Sequence[str], verbose: bool) -> str:
    plugins = [
        {
            "name": record.name,
            "distribution": record.distribution,
            "version": record.version,
            "status": record.status,
            "error": record.error,
            "components": _components(record, kinds),
            "life_cycle": list(record.life_cycle),
            **(_details(record, kinds) if verbose else {}),
        }
        for record in records
    ]
    return json.dumps({"core": __version__, "plugins": plugins}, indent=2)


def _details(record: PluginRecord, kinds: Sequence[str]) -> dict[str, Any]:
    module = sys.modules.get(record.module.partition(":")[0])
    specs = [spec for kind in kinds for spec in record.specs if spec.kind == kind]
    return {
        "entry_point": record.module,
        "file": getattr(module, "__file__", None),
        "seconds": round(record.seconds, 6),
        "specs": [
            {"kind": s.kind, "name": s.name, "targets": s.targets(), "summary": s.summary}
            for s in specs
        ],
    }


def _detailed(details: dict[str, Any]) -> list[tuple[str, str]]:
    """Return rows of `KIND` and `PROVIDES`: where a plugin is, and what it offers, one by one."""
    where = f"{details['file']}, imported in {1000 * details['seconds']:.1f} ms"
    return [("-", f"{details['entry_point']}: {where if details['file'] else 'not imported'}")] + [
        (spec["kind"], "  ".join([spec["name"], *spec["targets"], spec["summary"]]).rstrip())
        for spec in details["specs"]
    ]


def table(records: Sequence[PluginRecord], kinds: Sequence[str], verbose: bool = False) -> str:
    """Return a padded table: a line a plugin and kind; a line a component where verbose."""
    rows: list[tuple[str, ...]] = [("NAME", "VERSION", "STATUS", "KIND", "PROVIDES")]
    for record in records:
        rows += _rows(record, kinds, verbose)
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(_line(row, widths) for row in rows)


def _rows(record: PluginRecord, kinds: Sequence[str], verbose: bool) -> list[tuple[str, ...]]:
    offers = [(kind, ", ".join(names)) for kind, names in _components(record, kinds).items()]
    offers = _detailed(_details(record, kinds)) if verbose else offers
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
