"""Cores: how many processors the measured models may use."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from hyperpose_core.errors import InputError

_Command = TypeVar("_Command", bound=Callable[..., Any])


def limit_cores(count: int | None) -> None:
    """Let this process use the first `count` of its processors, and no others from now on.

    Every runtime is limited alike, whatever it calls its threads: those that it starts later may
    run nowhere else. To be called before TensorFlow is loaded.

    Raises:
        InputError: there are not so many, or the system cannot do it.
    """
    if count is None:
        return
    if not hasattr(os, "sched_setaffinity"):
        raise InputError("--threads needs Linux: leave it out")
    allowed = sorted(os.sched_getaffinity(0))
    if count > len(allowed):
        raise InputError(f"--threads is at most {len(allowed)}, the processors that there are here")
    os.sched_setaffinity(0, allowed[:count])


def threads_option(command: _Command) -> _Command:
    """Add `--threads`, for `limit_cores`."""
    return click.option(
        "--threads",
        type=click.IntRange(min=1),
        metavar="N",
        help="On N of the processors.  [default: on all]",
    )(command)
