"""Which channels of which weights belong to which keypoint or limb."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from hyperpose_core.contracts import NamedChannels
from hyperpose_core.contracts.models import features
from hyperpose_core.skeletons import Skeleton

BACKGROUND = "background"
Shape = tuple[int, ...]
SEEING = {
    "filters": (2, True),
    "0/filters": (2, True),
    **{f"1/{name}": (0, False) for name in ("gamma", "beta", "moving_mean", "moving_var")},
    "2/0/filters": (2, False),
}
"""Weights of a first layer whose channels are those of its input: of a convolution, or of a
separable block; each with the axis, and whether a limb the other way turns their sign."""


def named_channels(
    shapes: Mapping[str, Shape], skeleton: Skeleton, stages: int
) -> dict[str, NamedChannels]:
    """Return the named channels of a model of this family.

    Args:
        shapes: of its weights, by name.
        stages: how many it has.
    """
    confs = (*skeleton.keypoints, BACKGROUND)
    fields = [field for limb in skeleton.limbs for field in _fields(skeleton, limb)]
    pafs = tuple(name for name, _ in fields)
    turned = partial(NamedChannels, opposites=dict(fields))
    found: dict[str, NamedChannels] = {}
    for stage in range(1, stages + 1):
        for branch, names in (("conf", confs), ("paf", pafs)):
            last = _last(shapes, f"stage{stage}/{branch}/")
            found[f"{last}/filters"] = turned(axis=3, names=names)
            found[f"{last}/biases"] = turned(axis=0, names=names)
        if stage > 1:
            found |= {
                name: turned(axis=axis, names=names, signed=signed)
                for name, axis, names, signed in _seen(shapes, f"stage{stage}/", (*pafs, *confs))
            }
    return found


def _fields(skeleton: Skeleton, limb: tuple[int, int]) -> list[tuple[str, str]]:
    """Return the names of a limb's two fields, each with that of the limb the other way."""
    start, end = (skeleton.keypoints[i] for i in limb)
    return [(f"{start} to {end}, {xy}", f"{end} to {start}, {xy}") for xy in "xy"]


def _last(shapes: Mapping[str, Shape], branch: str) -> str:
    """Return the last layer of a branch: the convolution with the highest number."""
    layers = {n.removeprefix(branch).split("/")[0] for n in shapes if n.startswith(branch)}
    return branch + str(max(int(layer) for layer in layers))


def _seen(
    shapes: Mapping[str, Shape], stage: str, maps: tuple[str, ...]
) -> list[tuple[str, int, tuple[str, ...], bool]]:
    """Return (weight, axis, names, signed) of what sees features and the maps of a stage before."""
    trunk = any(name.startswith(f"{stage}trunk/") for name in shapes)
    begins = [f"{stage}trunk/0/squeeze/"] if trunk else [f"{stage}{b}/0/" for b in ("conf", "paf")]
    found = []
    for name, shape in shapes.items():
        front = next((begin for begin in begins if name.startswith(begin)), None)
        layer = name.removeprefix(front or name)
        if layer not in SEEING:
            continue
        axis, signed = SEEING[layer]
        count = shape[axis] - len(maps)
        found.append((name, axis, (*features(count), *maps), signed))
    return found
