"""How people are drawn, and the options of commands that say it; nothing here draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from hyperpose_core.errors import InputError

COLOR_BY = ("limb", "person")
LABELS = ("number", "score")


@dataclass(frozen=True)
class DrawingStyle:
    """How people are drawn.

    Args:
        color_by: `limb`: the same colours for each person; `person`: one colour each, by number.
        label: what is written at each person, of `LABELS`, in this order.
    """

    color_by: str = COLOR_BY[0]
    label: tuple[str, ...] = ()


def style_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what the pictures show: `color_by`, `label` (for `labels`), `show_maps`, `show_parts`."""
    color_by = click.option(
        "--color-by",
        type=click.Choice(COLOR_BY),
        default=COLOR_BY[0],
        show_default=True,
        help="What has a colour of its own.",
    )
    label = click.option(
        "--label",
        metavar="WHAT",
        default="",
        help=f"What is written at each person: {', '.join(LABELS)}, or both with a comma.",
    )
    maps = click.option(
        "--show-maps",
        is_flag=True,
        help="Also write each image beside the network's maps, NAME_maps.png.",
    )
    parts = click.option(
        "--show-parts", is_flag=True, help="The same, with the maps of every keypoint and limb."
    )
    return color_by(label(maps(parts(command))))


def labels(text: str, tracked: bool) -> tuple[str, ...]:
    """Return the names in `--label`; where there are none, the number of who is tracked.

    Raises:
        InputError: there is no such name.
    """
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if unknown := [name for name in names if name not in LABELS]:
        raise InputError(f"--label {text}: {unknown[0]!r} is none of {', '.join(LABELS)}")
    if tracked and not names:
        return ("number",)
    return names
