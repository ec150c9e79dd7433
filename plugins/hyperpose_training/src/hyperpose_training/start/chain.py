"""The chain from annotations to people: what a family finds in its own perfect maps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from hyperpose_core.contracts import Size
from hyperpose_core.data.image_size import image_size
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError
from hyperpose_core.families import Family
from hyperpose_core.skeletons import Skeleton
from hyperpose_training import affine
from hyperpose_training.affine import hide_outside
from hyperpose_training.feeding.example import encoded

LOOKED_AT = 4000
"""In how many samples people are looked for: of more, in every second, or third..."""
TRIES = 64
"""How many people are tried at most, the largest first, until every keypoint is found once."""


@dataclass
class Found:
    """What came back of the people that were tried.

    Args:
        people: how many were tried, and how many of them came back with anything.
        wanted, together: names of keypoints that somebody has, and that came back in one person
            with most of the others.
    """

    people: int = 0
    again: int = 0
    wanted: set[int] = field(default_factory=set)
    together: set[int] = field(default_factory=set)


def chain_problems(family: Family, samples: Sequence[Sample], input_size: Size) -> list[str]:
    """Encode people, decode the maps, and say what does not come back: a network never finds it.

    Args:
        samples: in the family's skeleton.
        input_size: of the network.

    Returns:
        sentences; none where all is well, or where the targets are no maps.
    """
    found = _try(family, samples, input_size)
    if found.people and not found.again:
        return [
            f"nobody is found even in perfect maps of annotated people ({found.people} tried): "
            f"see min_parts and the thresholds in model.options, the limbs of the skeleton "
            f"{family.skeleton.name!r}, and the input size"
        ]
    lost = sorted(found.wanted - found.together)
    return [_lost(family, lost, sorted(found.together))] if lost else []


def _lost(family: Family, lost: Sequence[int], together: Sequence[int]) -> str:
    skeleton = family.skeleton
    names = ", ".join(skeleton.keypoints[i] for i in lost)
    apart = [i for i in lost if i not in _joined(skeleton, together)]
    begin = f"even in perfect maps a person is found without {names}"
    if apart:
        unjoined = ", ".join(skeleton.keypoints[i] for i in apart)
        return (
            f"{begin}: no limb of the skeleton {skeleton.name!r} joins {unjoined} to the others; "
            f"add limbs, or leave these keypoints out"
        )
    return (
        f"{begin}: at a cell of {family.stride} pixels they cannot be told from others or are out "
        f"of reach; use a larger input size, or see model.options"
    )


def _joined(skeleton: Skeleton, some: Sequence[int]) -> set[int]:
    """Return the keypoints that limbs join to some, these among them."""
    joined = set(some)
    while more := {i for limb in skeleton.limbs if joined & {*limb} for i in limb} - joined:
        joined |= more
    return joined


def _try(family: Family, samples: Sequence[Sample], input_size: Size) -> Found:
    found = Found()
    for sample, number in _largest_first(samples, input_size):
        there = set(np.flatnonzero(sample.keypoints[number, :, 2] > 0).tolist())
        if there <= found.together:
            continue
        person = _placed(sample, number, input_size)
        if person is None or not person[:, 2].any():
            continue
        humans = _decoded(family, person, input_size)
        if humans is None:
            break
        again = max((_again(person, h, family.stride) for h in humans), key=len, default=set())
        found.people += 1
        found.again += bool(again)
        found.wanted |= set(np.flatnonzero(person[:, 2] > 0).tolist())
        found.together |= again
        if found.people == TRIES:
            break
    return found


def _largest_first(samples: Sequence[Sample], input_size: Size) -> Iterator[tuple[Sample, int]]:
    """Yield people, each as a sample and a number in it, by their size in the input."""
    sizes = []
    samples = samples[:: -(-len(samples) // LOOKED_AT) or 1]
    for number, sample in enumerate(samples):
        scale = min(np.divide(input_size, (sample.width or 1, sample.height or 1)))
        for person, points in enumerate(sample.keypoints):
            places = points[points[:, 2] > 0, :2].astype(np.float64)
            if len(places) and np.isfinite(places).all():
                sizes.append((float(np.ptp(places, axis=0).sum() * scale), number, person))
    for _, number, person in sorted(sizes, key=lambda one: -one[0]):
        yield samples[number], person


def _placed(sample: Sample, person: int, input_size: Size) -> NDArray[np.float32] | None:
    """Return a person as training without augmentation places it; None where it cannot be known."""
    size = sample.width, sample.height
    try:
        size = size if all(size) else image_size(Path(sample.path))
    except DataError:
        return None
    matrix = affine.fit(tf.constant(size, tf.float32), tf.constant(input_size, tf.float32))
    points = sample.keypoints[person].astype(np.float32)
    moved = affine.move_points(matrix, points[:, :2])
    return hide_outside(tf.concat([moved, points[:, 2:]], -1), input_size).numpy()


def _decoded(
    family: Family, person: NDArray[np.float32], input_size: Size
) -> list[NDArray[np.float32]] | None:
    """Return the keypoints of the people in the maps of one; None where targets are no maps."""
    low, high = (f(person[person[:, 2] > 0, :2], axis=0) for f in (np.min, np.max))
    box = np.concatenate([low, high - low])[np.newaxis].astype(np.float32)
    counts = tf.ones([input_size[1], input_size[0], 1])
    given = tf.constant(person[np.newaxis]), tf.constant(box), counts
    targets = encoded(family.preprocessor, *given)
    names = family.preprocessor.map_names
    if not names or not set(names) <= set(targets):
        return None
    humans = family.people([targets[name].numpy() for name in names])
    return [human.keypoints for human in humans]


def _again(person: NDArray[np.float32], human: NDArray[np.float32], stride: int) -> set[int]:
    """Return the keypoints that are where they were, by a cell."""
    away = np.abs(human[:, :2] - person[:, :2]).max(axis=-1)
    return set(np.flatnonzero((person[:, 2] > 0) & (human[:, 2] > 0) & (away <= stride)).tolist())
