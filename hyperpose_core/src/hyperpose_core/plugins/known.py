"""Which distribution brings which component, to answer for one that is not installed.

The file known.json lists them: distribution, kind, names. Anybody's may be in it. Kinds are those
of the specs, and `life_cycle`, whose names are those of hooks.
"""

from __future__ import annotations

import functools
import json
from importlib import resources

from hyperpose_core.plugins.compatibility import CORE
from hyperpose_core.support.names import normalize


@functools.cache
def _known() -> dict[str, dict[str, list[str]]]:
    file = resources.files(__package__).joinpath("known.json")
    known: dict[str, dict[str, list[str]]] = json.loads(file.read_text(encoding="utf-8"))
    return known


def known_names(kind: str) -> dict[str, str]:
    """Return component names of a kind, each with the distribution that brings it."""
    return {name: dist for dist, kinds in _known().items() for name in kinds.get(kind, ())}


def distribution_of(kind: str, name: str) -> str | None:
    """Return the distribution that brings a component, in any spelling of its name."""
    spelled = {normalize(known): dist for known, dist in known_names(kind).items()}
    return spelled.get(normalize(name))


def keeps_name(distribution: str, kind: str, name: str) -> bool:
    """Say whether a distribution keeps a name that others offer too: the one of the list, else the
    core. Whoever comes later takes no name away.
    """
    return normalize(distribution) == normalize(distribution_of(kind, name) or CORE)
