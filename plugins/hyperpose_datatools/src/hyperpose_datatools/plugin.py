"""The plugin: commands on annotated images."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import CommandSpec


@hookimpl
def hyperpose_register_commands() -> Iterable[CommandSpec]:
    """Offer the commands on data."""
    yield CommandSpec(
        name="prepare",
        target="hyperpose_datatools.cli.prepare:command",
        summary="Download a dataset and check it.",
        section="Commands for data",
    )
    yield CommandSpec(
        name="check-data",
        target="hyperpose_datatools.cli.check_data:command",
        summary="Say what looks wrong in a dataset, and what is in it.",
        section="Commands for data",
    )
    yield CommandSpec(
        name="browse",
        target="hyperpose_datatools.cli.browse:command",
        summary="Draw annotated images of a dataset.",
        section="Commands for data",
    )
    yield CommandSpec(
        name="convert",
        target="hyperpose_datatools.cli.convert:command",
        summary="Convert annotations between COCO's JSON, MPII's .mat and YOLO-pose text.",
        section="Commands for data",
    )
