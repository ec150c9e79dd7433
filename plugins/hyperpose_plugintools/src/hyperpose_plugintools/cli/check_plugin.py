"""`hyperpose check-plugin`."""

from __future__ import annotations

import json
from collections import Counter

import click

from hyperpose_core.cli.options import debug_option, json_option
from hyperpose_core.cli.quiet import load_tensorflow


@click.command("check-plugin")
@click.argument("name")
@click.option(
    "sets",
    "--set",
    multiple=True,
    metavar="GROUP.KEY=VALUE",
    help="A setting to check with, such as data.path=tests/data; can be given again.",
)
@click.option("--component", metavar="NAME", help="Only the component of this name.")
@json_option
@debug_option
def command(name: str, sets: tuple[str, ...], component: str | None, as_json: bool) -> int:
    """Check that an installed plugin keeps the promises of its components.

    NAME is the plugin's or its distribution's. Each broken promise is one sentence: what was
    expected, what was received. Exit code 1 where one is broken.

    \b
    hyperpose check-plugin crowds
    hyperpose check-plugin dots --set data.path=tests/data
    """
    load_tensorflow()
    from hyperpose_plugintools.kit.report import report, selected

    rows = []
    for row in report(selected(name, sets, component)):
        rows.append(row)
        if not as_json:
            said = "" if row["said"] is None else f"\n    {row['said']}"
            click.echo(f"{row['outcome']:9} {row['check']}{said}")
    counts = Counter(row["outcome"] for row in rows)
    if as_json:
        click.echo(json.dumps({"plugin": name, "checks": rows}, indent=1))
    else:
        text = ", ".join(f"{counts[word]} {word}" for word in ("kept", "broken", "unchecked"))
        click.echo(f"{name}: {text}")
    return int(counts["broken"] > 0)
