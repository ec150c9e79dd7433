"""Parts, limbs and colours of a skeleton as the library of 2021 has them."""

from __future__ import annotations

from enum import Enum
from typing import Any

from hyperpose._skeletons import own_skeleton, with_limbs
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton

BACKGROUND = "Background"


def part_name(keypoint: str) -> str:
    """Return how 2021 spells a keypoint: `RShoulder` for `right_shoulder`, `Nose` for `nose`."""
    words = keypoint.replace("-", "_").replace(" ", "_").split("_")
    side = {"left": "L", "right": "R"}.get(words[0].lower(), "") if len(words) > 1 else ""
    rest = words[1:] if side else words
    return side + "".join(word[:1].upper() + word[1:] for word in rest if word)


def parts_of(skeleton: Skeleton, background: bool) -> Any:
    """Return the parts as an `Enum` of indices.

    Args:
        background: whether the last part is the background, as in the openpose family's maps.
    """
    names = [part_name(name) for name in skeleton.keypoints]
    if len(set(names)) < len(names) or not all(name.isidentifier() for name in names):
        names = list(skeleton.keypoints)
    members = [*names, *([BACKGROUND] if background else [])]
    return Enum("Parts", {name: number for number, name in enumerate(members)})


def skeleton_of(parts: Any, limbs: Any, known: Skeleton) -> Skeleton:
    """Return the skeleton that parts and limbs describe.

    Args:
        parts: as `Config.set_model_parts` takes them; None: the known skeleton's.
        limbs: as `Config.set_model_limbs` takes them; None: the known skeleton's, where the parts
            are its own.
        known: the model's, which is returned where parts and limbs are its own.

    Raises:
        ConfigError: parts or limbs are none, or parts are given without limbs.
    """
    own = known if parts is None else own_skeleton(parts)
    same = tuple(map(part_name, own.keypoints)) == tuple(map(part_name, known.keypoints))
    if limbs is None and not same:
        raise ConfigError("limbs of your own parts are needed: limbs=[(0, 1), ...]")
    if same:
        own = known
    return own if limbs is None or _joins(own, limbs) else with_limbs(own, limbs)


def _joins(skeleton: Skeleton, limbs: Any) -> bool:
    return [tuple(limb) for limb in limbs] == list(skeleton.limbs)
