"""Auxiliary keypoints: they hold people together, and are left out of who is found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton


def auxiliary_names(skeleton: Skeleton, options: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keypoints that the option `auxiliary` names.

    Raises:
        ConfigError: it is no list of keypoints of the skeleton, or names all of them.
    """
    given = options.get("auxiliary", ())
    names = tuple(given) if isinstance(given, list | tuple) else (given,)
    wrong = [name for name in names if name not in skeleton.keypoints]
    if wrong or len(set(names)) == len(skeleton):
        raise ConfigError(
            f"option 'auxiliary' is {given!r:.200}: it must be a list of keypoints of the skeleton "
            f"{skeleton.name!r}, {', '.join(skeleton.keypoints)}, and leave one at least"
        )
    return names


def without(skeleton: Skeleton, names: tuple[str, ...]) -> Skeleton:
    """Return a skeleton without some of its keypoints, and without their limbs."""
    if not names:
        return skeleton
    kept = [i for i, name in enumerate(skeleton.keypoints) if name not in names]
    place = {old: new for new, old in enumerate(kept)}
    return Skeleton(
        name=skeleton.name,
        keypoints=tuple(skeleton.keypoints[i] for i in kept),
        limbs=tuple((place[a], place[b]) for a, b in skeleton.limbs if a in place and b in place),
        sigmas=tuple(skeleton.sigmas[i] for i in kept) if skeleton.sigmas else (),
        derived={name: of for name, of in skeleton.derived.items() if name not in names},
        flip_pairs=tuple(pair for pair in skeleton.flip_pairs if not set(pair) & set(names)),
    )
