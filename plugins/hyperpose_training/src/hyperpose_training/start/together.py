"""Together: keypoints of the origin that a model of others keeps, to hold people together."""

from __future__ import annotations

from typing import Any

from hyperpose_core.build.skeleton import model_spec, resolve_skeleton
from hyperpose_core.config import Config
from hyperpose_core.registry import Registry
from hyperpose_core.skeletons import Skeleton

AUXILIARY = "auxiliary"
"""The option of `model.options` with the names of keypoints that nobody is told of."""


def kept_together(config: Config, origin: Config, registry: Registry) -> dict[str, Any]:
    """Return the settings of a model that keeps the keypoints which only the origin has.

    Without them a model of few keypoints finds people worse than its origin does, however good its
    maps are: between them there may be no limb along which people are held together, and who has
    few of them to be seen is not found at all.

    Args:
        config: of the new model; keypoints that it names itself are all that it shall have.
        origin: of the model with which it begins.

    Returns:
        `model.skeleton` and the option `auxiliary`; nothing where there is no use for more
        keypoints: the two have none in common, or they are of families that join no keypoints.
    """
    family = model_spec(config.model.type, registry).family
    takes = getattr(registry.for_family("postprocessor", family), "auxiliary", False)
    if (
        not takes
        or config.model.skeleton
        or family != model_spec(origin.model.type, registry).family
    ):
        return {}
    own, theirs = resolve_skeleton(config, registry), resolve_skeleton(origin, registry)
    more = [name for name in theirs.keypoints if name not in own.keypoints]
    if not more or len(more) == len(theirs):
        return {}
    options = {**config.model.options, AUXILIARY: more}
    return {"model.skeleton": joined(own, theirs), "model.options": options}


def joined(own: Skeleton, theirs: Skeleton) -> Skeleton:
    """Return a skeleton with the keypoints and limbs of both, our keypoints and their limbs first.

    People are put together limb by limb in their order: in the origin's they are the same people.
    """
    names = (*own.keypoints, *(n for n in theirs.keypoints if n not in own.keypoints))
    limbs: list[tuple[int, int]] = []
    for skeleton in (theirs, own):
        for limb in skeleton.limbs:
            start, end = (names.index(skeleton.keypoints[i]) for i in limb)
            if (start, end) not in limbs and (end, start) not in limbs:
                limbs.append((start, end))
    paired = {name for pair in own.flip_pairs for name in pair}
    pairs = (pair for pair in theirs.flip_pairs if not paired & set(pair))
    return Skeleton(
        name=f"{own.name}+{theirs.name}",
        keypoints=names,
        limbs=tuple(limbs),
        derived={
            **{n: of for n, of in theirs.derived.items() if n not in own.keypoints},
            **own.derived,
        },
        flip_pairs=(*own.flip_pairs, *pairs),
    )
