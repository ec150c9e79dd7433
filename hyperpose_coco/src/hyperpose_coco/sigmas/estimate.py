"""Sigmas of OKS, measured on people whom several annotators marked.

COCO defines `sigma_i^2 = E[d_i^2 / s^2]` for each keypoint (https://cocodataset.org/#keypoints-eval,
section 1.3): d is the distance of an annotation from the true place, s^2 the person's area. The
true place is not known, so it is taken as the mean of the repeats, and the sum of squares is
divided by their number less one, which makes the estimate of sigma^2 unbiased.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.errors import DataError

Floats = NDArray[np.float64]

LEAST_REPEATS = 30
"""Below this the standard error of a sigma is about a tenth of it, or more."""


@dataclass(frozen=True)
class Repeats:
    """One person, annotated several times.

    Args:
        points: `[R, K, 3]`, with the visibility, 0 not annotated.
        areas: `[R]`, pixels.
    """

    points: Floats
    areas: Floats


@dataclass(frozen=True)
class SigmaEstimate:
    """What was measured.

    Args:
        sigmas: `[K]`.
        errors: `[K]` standard errors of the sigmas, from how much the people differ.
        repeats: `[K]` annotations beyond the first of each person.
        people: how many have more than one annotation.
    """

    sigmas: Floats
    errors: Floats
    repeats: NDArray[np.int64]
    people: int


def estimate_sigmas(
    people: Iterable[Repeats], names: Sequence[str], least_repeats: int = LEAST_REPEATS
) -> SigmaEstimate:
    """Measure the sigmas of the keypoints `names`.

    Args:
        least_repeats: how many annotations beyond each person's first every keypoint must have.

    Raises:
        DataError: a keypoint has too few repeats, or all of its repeats are the same.
    """
    groups = [_squares(person) for person in people if len(person.points) > 1]
    squares = np.array([square for square, _ in groups]).reshape(-1, len(names))
    free = np.array([number for _, number in groups], np.int64).reshape(-1, len(names))
    repeats = free.sum(axis=0)
    few = [f"{n} ({c})" for n, c in zip(names, repeats, strict=True) if c < max(least_repeats, 2)]
    if few:
        raise DataError(
            f"too few repeated annotations, of {len(groups)} people: {', '.join(few)}; every "
            f"keypoint needs {max(least_repeats, 2)} beyond the first of a person. Annotate more, "
            f"or ask for fewer with --min-repeats: the standard error says how sure they are"
        )
    variance = squares.sum(axis=0) / repeats
    same = [name for name, v in zip(names, variance, strict=True) if not v > 0]
    if same:
        raise DataError(
            f"all repeats of {', '.join(same)} are at the same place: these are copies, not "
            f"annotations made anew"
        )
    spread = ((squares - variance * free) ** 2).sum(axis=0)
    number = len(groups)
    error = np.sqrt(number / max(number - 1, 1) * spread) / repeats
    sigmas = np.sqrt(variance)
    return SigmaEstimate(sigmas, error / (2 * sigmas), repeats, number)


def _squares(person: Repeats) -> tuple[Floats, NDArray[np.int64]]:
    """Return by keypoint the sum of the squares of d / s, and how many repeats there are."""
    there = person.points[..., 2] > 0
    number = there.sum(axis=0)
    xy = np.where(there[..., None], person.points[..., :2], 0.0)
    middle = xy.sum(axis=0) / np.maximum(number, 1)[:, None]
    away = np.where(there[..., None], xy - middle, 0.0)
    area = float(person.areas.mean())
    free = np.maximum(number - 1, 0)
    return np.where(free > 0, (away**2).sum(axis=(0, 2)) / area, 0.0), free
