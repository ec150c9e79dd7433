"""Half bodies: one person's upper or lower half is placed as if it were all that there is."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from hyperpose_augment.chance import require, sometimes, split, uniform
from hyperpose_core.contracts import Placement
from hyperpose_core.skeletons import Skeleton
from hyperpose_training import affine

LOWER = ("hip", "pelvis", "knee", "ankle", "foot", "heel", "toe", "leg")
"""Words in the names of a lower half's keypoints."""
AROUND = 1.5
"""The part of the input that a half's keypoints get, as a factor on their extent."""
FEWEST = 3
"""Annotated keypoints that a half needs."""


def half_body(
    placement: Placement,
    seed: tf.Tensor,
    probability: float = 0.3,
    zoom: float = 3.0,
    upper: float = 0.7,
    minimum: int = 8,
    lower: Sequence[str] = (),
) -> tf.Tensor:
    """Enlarge one person's upper or lower half, centred; see `contracts.PlacingAugmentation`.

    The image stays whole: other people in it are placed with it, and learned where they are seen.
    Nothing is made smaller. The numbers are those of mmpose's RandomHalfBody, which crops a person.

    Args:
        zoom: how much it is enlarged at most.
        upper: the probability that it is the upper half, where both have 3 annotated keypoints.
        minimum: annotated keypoints that a person needs to be chosen.
        lower: names of the lower half's keypoints; empty: those of hips, legs and feet.
    """
    require(zoom >= 1, f"half-body: zoom is 1 or more; got {zoom}")
    require(0 <= upper <= 1, f"half-body: upper is from 0 to 1; got {upper}")
    skeleton = placement.skeleton
    require(
        FEWEST <= minimum <= len(skeleton),
        f"half-body: minimum is from {FEWEST} to {len(skeleton)}, the keypoints of "
        f"{skeleton.name}; got {minimum}",
    )
    halves = tf.constant(_halves(skeleton, lower))
    chance, who, which = split(seed, 3)
    annotated = placement.keypoints[..., 2] > 0
    counts = tf.reduce_sum(tf.cast(annotated[:, tf.newaxis] & halves, tf.int32), -1)
    enough = counts >= FEWEST
    chosen = tf.reduce_any(enough, -1) & (
        tf.reduce_sum(tf.cast(annotated, tf.int32), -1) >= minimum
    )

    def enlarged() -> tf.Tensor:
        draw = tf.random.stateless_uniform(tf.shape(chosen), who)
        person = tf.argmax(tf.where(chosen, draw, -1.0))
        is_upper = enough[person, 0] & ((uniform(which) < upper) | ~enough[person, 1])
        half = tf.where(is_upper, halves[0], halves[1]) & annotated[person]
        points = tf.boolean_mask(placement.keypoints[person, :, :2], half)
        return _filled(placement, affine.move_points(placement.matrix, points), zoom)

    def changed() -> tf.Tensor:
        return tf.cond(tf.reduce_any(chosen), enlarged, lambda: placement.matrix)

    return sometimes(chance, probability, changed, placement.matrix)


def _filled(placement: Placement, points: tf.Tensor, zoom: float) -> tf.Tensor:
    """Return the matrix that brings `[N, 2]` points of the input to its middle, enlarged."""
    low, high = tf.reduce_min(points, 0), tf.reduce_max(points, 0)
    extent = tf.maximum(AROUND * (high - low), 1.0)
    factor = tf.clip_by_value(tf.reduce_min(placement.input_size / extent), 1.0, zoom)
    middle = (placement.input_size - 1) / 2
    enlarging = affine.translate(middle) @ affine.stretch(factor, factor)
    return enlarging @ affine.translate(-(low + high) / 2) @ placement.matrix


def _halves(skeleton: Skeleton, lower: Sequence[str]) -> list[list[bool]]:
    """Return which keypoints belong to the upper half, and which to the lower one."""
    unknown = [name for name in lower if name not in skeleton.keypoints]
    require(
        not unknown,
        f"half-body: {skeleton.name} has no keypoints {', '.join(map(str, unknown))}; it has "
        f"{', '.join(skeleton.keypoints)}",
    )
    below = [
        name in lower if lower else any(word in name.lower() for word in LOWER)
        for name in skeleton.keypoints
    ]
    require(
        FEWEST <= sum(below) <= len(skeleton) - FEWEST,
        f"half-body: {skeleton.name} has no two halves of {FEWEST} keypoints or more: name those "
        f"of the lower half, lower=[...], of {', '.join(skeleton.keypoints)}",
    )
    return [[not one for one in below], below]
