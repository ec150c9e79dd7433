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

Floats = NDArray[np.float64]

KINDS = ("good", "jitter", "inversion", "swap", "miss")
GOOD, NEAR = 0.85, 0.5
"""The least ks of a good point, and of one that is near a point at all."""
_TINY = float(np.spacing(1))


@dataclass(frozen=True)
class People:
    """The annotated people of one image.

    Args:
        points: `[P, K, 3]`, with the visibility, 0 not annotated.
        areas: `[P]`, pixels.
    """

    points: Floats
    areas: Floats


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with one prediction.

    Args:
        kinds: `[K]` indices into `KINDS`, -1 where the person's point is not annotated.
        corrected: `[K, 2]` where each point would be if its error were corrected, in pixels: a
            jitter at a ks of 0.85, a miss at one of 0.5, an inversion or a swap as near to its own
            point as it is to the wrong one. Good points stay.
    """

    kinds: NDArray[np.int64]
    corrected: Floats


def similarity(points: Floats, people: People, sigmas: Floats) -> Floats:
    """Return the ks of `[K, 2]` points with everybody's, `[P, K]`; -1 where not annotated."""
    away = ((points - people.points[..., :2]) ** 2).sum(axis=-1)
    ks = np.exp(-away / _spread(people.areas[:, None], sigmas))
    return np.where(people.points[..., 2] > 0, ks, -1.0)


def diagnose(
    points: Floats, person: int, people: People, sigmas: Sequence[float], flip: Sequence[int]
) -> Diagnosis:
    """Say what is wrong with each point of a prediction that is matched to a person.

    Args:
        points: `[K, 2]`, pixels of the image.
        person: the index of the matched person among `people`.
        flip: for each keypoint the index of its mirror image, `Skeleton.flip`.
    """
    spread, own = np.asarray(sigmas, float), person
    mirrored = People(people.points[:, list(flip)], people.areas)
    straight, turned = (similarity(points, who, spread) for who in (people, mirrored))
    # Of equals the first counts: its own point, then its own mirrored one, then other people's.
    others = [np.delete(ks, own, axis=0) for ks in (straight, turned)]
    every = np.concatenate([straight[[own]], turned[[own]], *others])
    best, where = every.max(axis=0), every.argmax(axis=0)
    kinds = np.select(
        [best < NEAR, where > 1, where == 1, best < GOOD],
        [KINDS.index(kind) for kind in ("miss", "swap", "inversion", "jitter")],
        KINDS.index("good"),
    )
    truth = people.points[own]
    kinds = np.where(truth[:, 2] > 0, kinds, -1)
    return Diagnosis(kinds, _corrected(points, truth, kinds, best, people.areas[own] * spread**2))


def _corrected(
    points: Floats, truth: Floats, kinds: NDArray[np.int64], best: Floats, size: Floats
) -> Floats:
    wanted = np.where(kinds == KINDS.index("jitter"), GOOD, best)
    wanted = np.where(kinds == KINDS.index("miss"), NEAR, wanted)
    moved = truth[:, :2].copy()
    # A hair nearer, so that rounding does not take away what the correction gives.
    moved[:, 0] += (1 - 1e-9) * np.sqrt(-np.log(np.clip(wanted, 1e-300, 1)) * 8 * size)
    stays = (kinds == KINDS.index("good")) | (kinds < 0)
    return np.where(stays[:, None], points, moved)


def _spread(area: Floats, sigmas: Floats) -> Floats:
    return 8 * sigmas**2 * (area + _TINY)
