"""Mirroring: composite fields of a mirrored image as those of the image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton
from hyperpose_pifpaf.fine import Floats

TURNED = np.array([-1, 1], np.float32)
"""x and y of a vector."""


def mirrored(maps: Sequence[Floats], skeleton: Skeleton) -> list[Floats]:
    """Exchange left and right in maps whose columns are already in the order of the image.

    Args:
        maps: `fields.MAPS` of one image.

    Raises:
        ConfigError: the mirror image of a limb is no limb of the skeleton.
    """
    flip = list(skeleton.flip)
    limbs, turned = _mirrored_limbs(skeleton)
    first = np.where(turned, 1, 0)[:, None] ^ np.array([0, 1])  # where an end's numbers stand
    confidence, vectors, scales, on_limb, to_ends, of_ends = maps
    rows, columns, _ = confidence.shape
    single = vectors.reshape(rows, columns, -1, 2)[:, :, flip] * TURNED
    number = np.array(limbs, np.intp)[:, None]
    double = to_ends.reshape(rows, columns, -1, 2, 2)[:, :, number, first] * TURNED
    ends = of_ends.reshape(rows, columns, -1, 2)[:, :, number, first]
    return [
        confidence[..., flip],
        single.reshape(vectors.shape),
        scales[..., flip],
        on_limb[..., limbs],
        double.reshape(to_ends.shape),
        ends.reshape(of_ends.shape),
    ]


def _mirrored_limbs(skeleton: Skeleton) -> tuple[list[int], list[bool]]:
    """Return which limb is the mirror image of each, and whether it goes the other way."""
    flip, limbs = skeleton.flip, list(skeleton.limbs)
    order, turned = [], []
    for start, end in ((flip[a], flip[b]) for a, b in limbs):
        forward = (start, end) in limbs
        if not forward and (end, start) not in limbs:
            raise ConfigError(
                f"skeleton {skeleton.name!r} cannot be mirrored: it has no limb "
                f"{skeleton.keypoints[start]} - {skeleton.keypoints[end]}"
            )
        order.append(limbs.index((start, end) if forward else (end, start)))
        turned.append(not forward)
    return order, turned
