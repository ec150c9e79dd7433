"""Error kinds: what is wrong with each keypoint of a prediction, after Ronchi and Perona.

M. R. Ronchi and P. Perona, Benchmarking and Error Diagnosis in Multi-Instance Pose Estimation,
ICCV 2017, https://arxiv.org/abs/1707.05388, section 3.1. The similarity `ks` of a predicted and a
true point is `exp(-d^2 / (2 area (2 sigma)^2))`. A predicted point lies best on one of the points
of the same name, or of its mirror image, of anybody in the image:

* good: on its own person's, with a ks of 0.85 or more;
* jitter: on its own person's, with a ks of 0.5 or more;
* inversion: on its own person's mirrored point (left for right), with a ks of 0.5 or more;
* swap: on another person's, or its mirrored point, with a ks of 0.5 or more;
* miss: on nobody's; the largest ks is below 0.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco.oks.people import Floats, Numbers

KINDS = ("good", "jitter", "inversion", "swap", "miss")
GOOD, NEAR = 0.85, 0.5
"""The least ks of a good point, and of one that is near a point at all."""
_TINY = float(np.spacing(1))
_ABSENT = -1.0


@dataclass(frozen=True)
class Diagnoses:
    """What is wrong with M predictions.

    Args:
        kinds: `[M, K]` indices into `KINDS`, -1 where the person's point is not annotated.
        corrected: `[M, K, 2]` where each point would be if its error were corrected, in pixels: a
            jitter at a ks of 0.85, a miss at one of 0.5, an inversion or a swap as near to its own
            point as it is to the wrong one. Good points stay.
    """

    kinds: Numbers
    corrected: Floats


def similarity(points: Floats, truth: Floats, areas: Floats, sigmas: Floats) -> Floats:
    """Return the ks of points with those of people, `[X, K]`; -1 where not annotated.

    Args:
        points: `[X, K, 2]`, pixels of the image.
        truth, areas: `[X, K, 3]` with the visibility, and `[X]`, of one person for each.
    """
    away = ((points - truth[..., :2]) ** 2).sum(axis=-1)
    ks = np.exp(-away / (8 * sigmas**2 * (areas[:, None] + _TINY)))
    return np.where(truth[..., 2] > 0, ks, _ABSENT)


def diagnose(
    points: Floats,
    own: tuple[Floats, Floats],
    others: tuple[Numbers, Floats, Floats],
    sigmas: Sequence[float],
    flip: Sequence[int],
) -> Diagnoses:
    """Say what is wrong with each point of predictions that are matched to people.

    Args:
        points: `[M, K, 2]`, pixels of the image.
        own: keypoints `[M, K, 3]` and areas `[M]` of the matched people.
        others: of everybody else in these images, `[X]`: of which prediction's image, keypoints and
            areas; whoever is in an image with several predictions comes with each of them.
        flip: for each keypoint the index of its mirror image, `Skeleton.flip`.
    """
    spread, mirror = np.asarray(sigmas, float), list(flip)
    truth, areas = own
    of, strangers, sizes = others
    straight = similarity(points, truth, areas, spread)
    turned = similarity(points, truth[:, mirror], areas, spread)
    elsewhere = np.full(straight.shape, _ABSENT)
    for side in (strangers, strangers[:, mirror]):
        np.maximum.at(elsewhere, of, similarity(points[of], side, sizes, spread))
    # Of equals the first counts: its own point, then its own mirrored one, then other people's.
    every = np.stack([straight, turned, elsewhere])
    best, where = every.max(axis=0), every.argmax(axis=0)
    kinds = np.select(
        [best < NEAR, where == 2, where == 1, best < GOOD],
        [KINDS.index(kind) for kind in ("miss", "swap", "inversion", "jitter")],
        KINDS.index("good"),
    )
    kinds = np.where(truth[..., 2] > 0, kinds, -1)
    return Diagnoses(kinds, _corrected(points, truth, kinds, best, areas[:, None] * spread**2))


def _corrected(
    points: Floats, truth: Floats, kinds: NDArray[np.int64], best: Floats, size: Floats
) -> Floats:
    wanted = np.where(kinds == KINDS.index("jitter"), GOOD, best)
    wanted = np.where(kinds == KINDS.index("miss"), NEAR, wanted)
    moved = truth[..., :2].copy()
    # A hair nearer, so that rounding does not take away what the correction gives.
    moved[..., 0] += (1 - 1e-9) * np.sqrt(-np.log(np.clip(wanted, 1e-300, 1)) * 8 * size)
    stays = (kinds == KINDS.index("good")) | (kinds < 0)
    return np.where(stays[..., None], points, moved)
