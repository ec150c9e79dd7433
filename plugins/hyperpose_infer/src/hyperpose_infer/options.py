"""The options of `hyperpose infer` that are settings, and those on who is written of whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from hyperpose_core.config import parse_option

_Command = TypeVar("_Command", bound=Callable[..., Any])

SETTINGS = {
    "min_score": "test.min_score",
    "scales": "eval.scales",
    "flip": "eval.flip",
    "precision": "eval.precision",
    "batch_size": "eval.batch_size",
}
"""Options to the settings that they stand for."""

_SETTINGS = (
    click.option("--min-score", metavar="S", help="Leave out people with a lower score."),
    click.option(
        "--scales", metavar="S,S...", help="See each image at several sizes, as 0.5,1,1.5."
    ),
    click.option("--flip", is_flag=True, default=None, help="See each image mirrored, too."),
    click.option("--precision", metavar="P", help="Compute in float32, bfloat16 or float16."),
    click.option("--batch-size", metavar="N", help="Images at once; a camera's are seen singly."),
)
_PEOPLE = (
    click.option(
        "--max-people",
        metavar="N",
        type=click.IntRange(min=1),
        help="Only the N surest people of an image.",
    ),
    click.option(
        "--track", is_flag=True, help="Number people, and know them again in the next frames."
    ),
    click.option(
        "--smooth", is_flag=True, help="Take the jitter out of their keypoints; implies --track."
    ),
)


def setting_options(command: _Command) -> _Command:
    """Add options that are short for settings, `SETTINGS`; the command gets them by name."""
    for option in reversed(_SETTINGS):
        command = option(command)
    return command


def people_options(command: _Command) -> _Command:
    """Add `--max-people`, `--track` and `--smooth`."""
    for option in reversed(_PEOPLE):
        command = option(command)
    return command


def settings_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return `"group.key"` to value of the options that were given; ConfigError as for `--set`."""
    return dict(
        parse_option(f"{SETTINGS[name]}={value}")
        for name, value in given.items()
        if value is not None
    )
