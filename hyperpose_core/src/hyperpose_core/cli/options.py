"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

DEBUG = "hyperpose.debug"
_Command = TypeVar("_Command", bound=Callable[..., Any])


def _remember(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.find_root().meta[DEBUG] = True


def debug_option(command: _Command) -> _Command:
    """Add `--debug`, which shows the traceback of an error; the command does not receive it."""
    return click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_remember,
        help="Show the traceback of an error.",
    )(command)


def json_option(command: _Command) -> _Command:
    """Add `--json`: the result as one JSON document on standard output, and nothing else."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print the result as one JSON document."
    )(command)


def weights_option(command: _Command) -> _Command:
    """Add `--weights`: which model of a run; None where it is not given."""
    return click.option(
        "--weights",
        type=click.Choice(("newest", "best")),
        help="Which model of the run: the newest, or the best of its evaluations while training.",
    )(command)
