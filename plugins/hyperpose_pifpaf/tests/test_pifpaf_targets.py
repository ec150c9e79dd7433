"""Targets are those of a plain reference that goes cell by cell and person by person."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core.errors import ConfigError, InputError
from hyperpose_core.skeletons import Skeleton
from hyperpose_pifpaf.preprocess import LEAST_SCALE, SIGMA, Preprocessor

SKELETON = Skeleton("t", ("head", "hand", "foot"), ((0, 1), (2, 1)), (0.03, 0.06, 0.2))
WIDTH, HEIGHT, STRIDE = 96, 64, 8
COLUMNS, ROWS = WIDTH // STRIDE, HEIGHT // STRIDE


def encoder(skeleton: Skeleton = SKELETON, **options: float) -> Preprocessor:
    return Preprocessor(
        skeleton=skeleton, input_size=(WIDTH, HEIGHT), stride=STRIDE, options=options
    )


def encode(
    people: np.ndarray, boxes: np.ndarray | None = None, **options: float
) -> dict[str, np.ndarray]:
    boxes = np.zeros((len(people), 4), np.float32) if boxes is None else boxes
    mask = tf.ones((HEIGHT, WIDTH, 1))
    found = encoder(**options).encode(tf.constant(people), tf.constant(boxes), mask)
    return {name: value.numpy() for name, value in found.items()}


def people_of(seed: int, count: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    people = np.full((count, 3, 3), 2, np.float32)
    people[..., :2] = rng.uniform(-4, (WIDTH + 4, HEIGHT + 4), (count, 3, 2))
    people[..., 2] = rng.integers(0, 3, (count, 3))
    return people


def is_there(point: np.ndarray) -> bool:
    x, y, visibility = point
    return bool(visibility > 0 and -0.5 <= x <= WIDTH - 0.5 and -0.5 <= y <= HEIGHT - 0.5)


def pixel(cell: int) -> float:
    return STRIDE * cell + (STRIDE - 1) / 2


def scale_of(person: np.ndarray, part: int) -> float:
    """Pixels."""
    seen = np.array([p[:2] for p in person if is_there(p)])
    area = float(np.prod(np.ptp(seen, axis=0)))
    return max(SKELETON.sigmas[part] * math.sqrt(area), LEAST_SCALE * STRIDE)


def in_square(point: np.ndarray, column: int, row: int) -> bool:
    """Four cells by four: the half-open square of two cells around the keypoint."""
    away = [(pixel(cell) - at) / STRIDE for cell, at in zip((column, row), point, strict=False)]
    return all(-2 <= distance < 2 for distance in away)


def to_segment(at: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    """Distance in cells."""
    along = np.clip(np.dot(at - a, b - a) / max(np.dot(b - a, b - a), 1e-9), 0, 1)
    return float(np.linalg.norm(at - a - along * (b - a))) / STRIDE


@pytest.mark.parametrize("seed", range(6))
def test_a_cell_points_at_the_nearest_keypoint_whose_square_it_is_in(seed: int) -> None:
    people = people_of(seed, 4)
    maps = encode(people)
    for row in range(ROWS):
        for column in range(COLUMNS):
            centre = np.array([pixel(column), pixel(row)])
            for part in range(3):
                near = [
                    (float(np.linalg.norm(p[part, :2] - centre)), i)
                    for i, p in enumerate(people)
                    if is_there(p[part]) and in_square(p[part], column, row)
                ]
                assert maps["pif_confidence"][row, column, part] == bool(near)
                vector = maps["pif_vectors"][row, column, 2 * part : 2 * part + 2]
                scale = maps["pif_scales"][row, column, part]
                if not near:
                    assert not vector.any()
                    assert scale == 0
                    continue
                person = people[min(near)[1]]
                np.testing.assert_allclose(
                    vector * HEIGHT, person[part, :2] - centre, atol=1e-3, rtol=0
                )
                assert scale * HEIGHT == pytest.approx(scale_of(person, part), abs=1e-3)


@pytest.mark.parametrize("seed", range(6))
def test_a_cell_on_limbs_points_at_both_ends_of_the_nearest(seed: int) -> None:
    people = people_of(seed + 10, 4)
    maps = encode(people, limb_width=1.25)
    for row in range(ROWS):
        for column in range(COLUMNS):
            centre = np.array([pixel(column), pixel(row)])
            for number, (a, b) in enumerate(SKELETON.limbs):
                near = [
                    (to_segment(centre, p[a, :2], p[b, :2]), i)
                    for i, p in enumerate(people)
                    if is_there(p[a]) and is_there(p[b])
                ]
                near = [(far, i) for far, i in near if far <= 1.25]
                assert maps["paf_confidence"][row, column, number] == bool(near)
                if near:
                    person = people[min(near)[1]]
                    vectors = maps["paf_vectors"][row, column, 4 * number : 4 * number + 4]
                    wanted = [*(person[a, :2] - centre), *(person[b, :2] - centre)]
                    np.testing.assert_allclose(vectors * HEIGHT, wanted, atol=1e-3, rtol=0)
                    scales = maps["paf_scales"][row, column, 2 * number : 2 * number + 2]
                    wanted = [scale_of(person, a), scale_of(person, b)]
                    np.testing.assert_allclose(scales * HEIGHT, wanted, atol=1e-3)


def test_boxes_give_the_scale_where_there_are_any() -> None:
    people = np.array([[(20, 20, 2), (40, 30, 2), (30, 50, 2)]], np.float32)
    maps = encode(people, np.array([[10, 10, 40, 90]], np.float32))
    assert maps["pif_scales"][..., 2].max() * HEIGHT == pytest.approx(0.2 * 60, rel=1e-5)


def test_keypoints_without_sigmas_have_one() -> None:
    skeleton = Skeleton("s", ("a", "b"), ((0, 1),))
    boxes = tf.constant([[0.0, 0.0, 50.0, 50.0]])
    people = tf.constant([[(20.0, 20.0, 2.0), (40.0, 30.0, 2.0)]])
    maps = encoder(skeleton).encode(people, boxes, tf.ones((HEIGHT, WIDTH, 1)))
    assert float(tf.reduce_max(maps["pif_scales"])) * HEIGHT == pytest.approx(50 * SIGMA, rel=1e-5)


def test_the_mask_is_the_mean_over_each_cell() -> None:
    mask = np.zeros((HEIGHT, WIDTH, 1), np.float32)
    mask[:4, :8] = 1
    nobody = tf.zeros((0, 3, 3))
    found = encoder().encode(nobody, tf.zeros((0, 4)), tf.constant(mask))["mask"].numpy()
    assert found.shape == (ROWS, COLUMNS, 1)
    assert found[0, 0, 0] == 0.5
    assert found.sum() == 0.5


def test_limbs_count_where_both_ends_are_annotated() -> None:
    labelled = tf.constant([True, True, False])
    people, boxes = tf.constant(people_of(0, 2)), tf.zeros((2, 4))
    found = encoder().encode(people, boxes, tf.ones((HEIGHT, WIDTH, 1)), labelled)
    assert found["pif_labelled"].numpy().tolist() == [[[1, 1, 0]]]
    assert found["paf_labelled"].numpy().tolist() == [[[1, 0]]]


def test_bad_sizes_and_options_are_refused() -> None:
    with pytest.raises(InputError, match="multiples of 8"):
        Preprocessor(skeleton=SKELETON, input_size=(100, 64), stride=8, options={})
    for option in (
        {"side": 0},
        {"limb_width": 0.0},
        {"focal": -1.0},
        {"cell_threshold": -0.1},
        {"fineness": 0},
    ):
        with pytest.raises(ConfigError, match=next(iter(option))):
            encoder(**option)
