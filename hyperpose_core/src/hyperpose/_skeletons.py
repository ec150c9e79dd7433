"""Skeletons of one's own, from the parts and limbs that the 2021 library takes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from typing import Any

from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton

DERIVED = {"neck": ("left_shoulder", "right_shoulder")}


def own_skeleton(parts: Iterable[Any]) -> Skeleton:
    """Return a skeleton without limbs; parts are names or members of an `Enum`.

    Raises:
        ConfigError: there are none, one is no name, or one is there twice.
    """
    names = [part.name if isinstance(part, Enum) else part for part in parts]
    if not names or not all(isinstance(name, str) and name for name in names):
        raise ConfigError(f"model parts are names, or an Enum of them; got {names!r}")
    keypoints = tuple(_spelt(name) for name in names if name.lower() != "background")
    derived = {name: sources for name, sources in DERIVED.items() if name in keypoints}
    return Skeleton("own", keypoints, derived=derived)


def with_limbs(skeleton: Skeleton, limbs: Iterable[Any]) -> Skeleton:
    """Return the skeleton with limbs: pairs of indices, or of members of the parts' `Enum`.

    Raises:
        ConfigError: a limb is no pair of two different parts.
    """
    pairs = []
    for limb in limbs:
        ends = [end.value if isinstance(end, Enum) else end for end in limb]
        if len(ends) != 2 or not all(isinstance(end, int) for end in ends):
            raise ConfigError(f"a limb is a pair of indices into the model's parts; got {limb!r}")
        pairs.append((ends[0], ends[1]))
    return replace(skeleton, limbs=tuple(pairs))


def _spelt(name: str) -> str:
    """Turn `RShoulder` into `right_shoulder`; other names only into lower case."""
    sided = re.fullmatch(r"([LR])([A-Z][a-z]+)", name)
    if sided:
        return ("left_" if sided[1] == "L" else "right_") + sided[2].lower()
    return name.lower()
