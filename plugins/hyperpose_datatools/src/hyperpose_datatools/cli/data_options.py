"""The options of the commands that only look at a dataset, and the configuration they make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from hyperpose_core.config import Config, resolve_config

_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--data", metavar="DIR", help="The folder that holds the dataset."),
    click.option("--split", metavar="NAME", help="The split, as train or val."),
    click.option("--version", metavar="NAME", help="The version of the dataset."),
    click.option("--config", "file", metavar="FILE.toml", help="Settings, a table for each group."),
    click.option("--set", "sets", metavar="GROUP.KEY=VALUE", multiple=True, help="One setting."),
)


def data_options(command: _Command) -> _Command:
    """Add DATASET, which `--config` may name instead, and `--data`, `--split` and so on."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return click.argument("dataset", metavar="DATASET", required=False)(command)


def data_config(
    *,
    dataset: str | None,
    data: str | None,
    version: str | None,
    file: str | None,
    sets: tuple[str, ...],
    options: dict[str, Any] | None = None,
) -> Config:
    """Put the configuration together; `options` are further settings by `group.key`."""
    if dataset is None and file is None:
        raise click.UsageError("Missing argument 'DATASET': name one, or a --config that does.")
    given = {"data.type": dataset, "data.path": data, "data.version": version, **(options or {})}
    return resolve_config(file=file, options=given, sets=sets)
