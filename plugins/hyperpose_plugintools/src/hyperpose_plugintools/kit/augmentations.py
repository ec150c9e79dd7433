"""Checks of augmentations: a function of the seed, whose keypoints move as its picture does."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from hyperpose_core.contracts import PlacedImage, Placement
from hyperpose_plugintools.kit.arguments import needed_arguments
from hyperpose_plugintools.kit.check import Subject, expect
from hyperpose_plugintools.kit.people import PERSON, boxes_of, standing
from hyperpose_training.feeding.placed import checked_image, checked_matrix

SIZE = (160, 128)
SEEDS = 12
SIGMA, REACH, NEAR = 1.5, 7, 1.5
"""Of the dot at each keypoint, of the window in which it is looked for, and how far its middle may
be from the keypoint; pixels."""


def fits(subject: Subject) -> None:
    """Shapes and types stay, whoever is in the image; ours in the pipeline look for the same."""
    for people in (0, 1, 2):
        for number in range(SEEDS):
            _augmented(subject, number, people)


def keeps_range(subject: Subject) -> None:
    """Colours stay in [0, 1], the mask 0 to 1, a matrix can be inverted."""
    for number in range(SEEDS):
        result = _augmented(subject, number)
        if subject.component.places:
            matrix = np.asarray(result)
            expect(abs(np.linalg.det(matrix)) > 1e-6, "a matrix that can be inverted", matrix)
            expect(np.allclose(matrix[2], (0, 0, 1)), "a last row of 0, 0, 1", matrix[2])
            continue
        for what, value in (("colours", result.image), ("a mask", result.mask)):
            low, high = float(tf.reduce_min(value)), float(tf.reduce_max(value))
            inside = -1e-3 <= low <= high <= 1 + 1e-3
            expect(inside, f"{what} from 0 to 1", f"{low:g} to {high:g}")


def is_function_of_seed(subject: Subject) -> None:
    """A resumed run sees what it would have seen; another seed sees something else."""
    values = []
    for number in range(SEEDS):
        first, second = (_arrays(_augmented(subject, number)) for _ in range(2))
        same = all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, second, strict=True))
        expect(same, "the same for the same seed: draw with tf.random.stateless_...", "another")
        values.append(b"".join(array.tobytes() for array in first))
    expect(len(set(values)) > 1, "something else for another seed", f"the same for {SEEDS} seeds")


def can_be_traced(subject: Subject) -> None:
    """Inside `tf.data` it is a graph, which gives what Python gives."""
    augment = _augment(subject)
    given = _given(subject, 2)

    @tf.function
    def traced(seed: tf.Tensor) -> Any:
        result = augment(given, seed)
        return result if subject.component.places else (result.image, result.keypoints)

    for number in range(SEEDS):
        expected = _augmented(subject, number)
        found = traced(_seed(number))
        pairs = (
            [(found, expected)]
            if subject.component.places
            else [(found[0], expected.image), (found[1], expected.keypoints)]
        )
        near = all(np.allclose(a, b, atol=1e-3, equal_nan=True) for a, b in pairs)
        expect(near, "the same traced as called: TensorFlow ops alone", "another result")


def points_move_as_picture(subject: Subject) -> None:
    """A dot at every keypoint of the image is at the same keypoint afterwards."""
    if subject.component.places:
        return  # picture and points are moved by the one matrix
    far = []
    for number in range(SEEDS):
        result = _augmented(subject, number)
        image = np.asarray(result.image).mean(-1)
        points = np.asarray(result.keypoints).reshape(-1, 3)
        seen = [_distance(image, x, y) for x, y, visibility in points if visibility == 2]
        far.append(float(np.median(seen)) if seen else 0.0)
    expect(
        max(far) <= NEAR,
        f"the picture's dots within {NEAR:g} pixels of the keypoints",
        f"{max(far):.1f} pixels between them",
    )


def _distance(image: NDArray[np.float32], x: float, y: float) -> float:
    """Return how far the middle of the dot is from where the keypoint says; `REACH` if far off."""
    column, row = round(float(x)), round(float(y))
    top, left = max(row - REACH, 0), max(column - REACH, 0)
    window = image[top : row + REACH + 1, left : column + REACH + 1]
    if not window.size:
        return float(REACH)
    light = np.clip(window - np.median(window) - 0.3 * np.ptp(window), 0, None)
    if np.ptp(window) < 0.1 or light.sum() <= 0:
        return float(REACH)
    rows, columns = np.indices(window.shape)
    middle = [(light * axis).sum() / light.sum() for axis in (columns, rows)]
    return float(np.hypot(left + middle[0] - x, top + middle[1] - y))


def _augment(subject: Subject) -> Callable[[Any, tf.Tensor], Any]:
    function = subject.load()
    bound = functools.partial(function, **needed_arguments(function, given=2))
    return checked_matrix(bound) if subject.component.places else checked_image(bound)


def _augmented(subject: Subject, number: int, people: int = 2) -> Any:
    return _augment(subject)(_given(subject, people), _seed(number))


def _seed(number: int) -> tf.Tensor:
    return tf.constant([5, number], tf.int64)


def _given(subject: Subject, people: int) -> Any:
    points = standing(people, PERSON, SIZE)
    size = tf.constant(SIZE, tf.float32)
    keypoints, boxes = tf.constant(points), tf.constant(boxes_of(points))
    if subject.component.places:
        return Placement(tf.eye(3), size, size, keypoints, boxes, PERSON)
    mask = tf.ones([SIZE[1], SIZE[0], 1])
    return PlacedImage(tf.constant(_dots(points)), keypoints, boxes, mask, PERSON)


def _dots(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Draw a light dot at each point."""
    rows, columns = np.indices(SIZE[::-1])
    image = np.full(SIZE[::-1], 0.1, np.float32)
    for x, y, _ in points.reshape(-1, 3):
        distance = (columns - x) ** 2 + (rows - y) ** 2
        image = np.maximum(image, 0.9 * np.exp(-distance / (2 * SIGMA**2)).astype(np.float32))
    return np.repeat(image[..., None], 3, -1)


def _arrays(result: Any) -> list[NDArray[Any]]:
    if isinstance(result, PlacedImage):
        return [np.asarray(v) for v in (result.image, result.keypoints, result.boxes, result.mask)]
    return [np.asarray(result)]


CHECKS = {
    "it keeps shapes and types": fits,
    "it keeps its values in range": keeps_range,
    "it is a function of the seed": is_function_of_seed,
    "it can be traced": can_be_traced,
    "its keypoints move as the picture does": points_move_as_picture,
}
