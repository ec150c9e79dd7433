"""Skeletons of one's own, from the parts and limbs that the 2021 library takes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from numbers import Integral
from typing import Any

from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton

DERIVED = {"neck": ("left_shoulder", "right_shoulder")}


def own_skeleton(parts: Iterable[Any]) -> Skeleton:
    """Return a skeleton without limbs; parts are names or members of an `Enum`.

    Raises:
        ConfigError: there are none, one is no name, or one is there twice.
    """
    # A text would be taken for a list of its letters.
    given = list(parts) if isinstance(parts, Iterable) and not isinstance(parts, str) else [parts]
    names = [part.name if isinstance(part, Enum) else part for part in given]
    if isinstance(parts, str) or not names or not all(isinstance(n, str) and n for n in names):
        raise ConfigError(f"model parts are a list of names, or an Enum of them; got {parts!r:.80}")
    keypoints = tuple(_spelt(name) for name in names if name.lower() != "background")
    derived = {name: sources for name, sources in DERIVED.items() if name in keypoints}
    return Skeleton("own", keypoints, derived=derived)


def with_limbs(skeleton: Skeleton, limbs: Iterable[Any]) -> Skeleton:
    """Return the skeleton with limbs: pairs of indices, of names, or of members of the `Enum`.

    Members count by their names, whatever their values are.

    Raises:
        ConfigError: a limb is no pair of two different parts.
    """
    if not isinstance(limbs, Iterable) or isinstance(limbs, str):
        raise ConfigError(f"model limbs are a list of pairs of parts; got {limbs!r:.80}")
    return replace(skeleton, limbs=tuple(_limb(skeleton, limb) for limb in limbs))


def _limb(skeleton: Skeleton, limb: Any) -> tuple[int, int]:
    ends = list(limb) if isinstance(limb, Iterable) and not isinstance(limb, str) else []
    found = [_end(skeleton, end) for end in ends]
    if len(found) != 2 or found[0] is None or found[1] is None:
        raise ConfigError(
            f"a limb is a pair of the model's parts, {', '.join(skeleton.keypoints)}, by name or "
            f"by index from 0; got {limb!r:.80}"
        )
    return found[0], found[1]


def _end(skeleton: Skeleton, end: Any) -> int | None:
    """Return the index of a limb's end; None where it is no part."""
    name = end.name if isinstance(end, Enum) else end
    if isinstance(name, str):
        return skeleton.index(_spelt(name)) if _spelt(name) in skeleton.keypoints else None
    return int(name) if isinstance(name, Integral) and not isinstance(name, bool) else None


def _spelt(name: str) -> str:
    """Turn `RShoulder` into `right_shoulder`; other names only into lower case."""
    sided = re.fullmatch(r"([LR])([A-Z][a-z]+)", name)
    if sided:
        return ("left_" if sided[1] == "L" else "right_") + sided[2].lower()
    return name.lower()
