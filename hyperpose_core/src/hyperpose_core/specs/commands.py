"""Specs of the command line's commands."""

from __future__ import annotations

from dataclasses import dataclass

from hyperpose_core.specs.base import Spec


@dataclass(frozen=True, kw_only=True)
class CommandSpec(Spec):
    """A command of `hyperpose`. `load()` gives a `click.Command`.

    Args:
        section: under which heading `hyperpose --help` lists it.
    """

    kind = "command"

    section: str = "Other commands"
