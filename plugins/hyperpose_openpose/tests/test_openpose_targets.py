"""Targets against the published formulas written out, and their layout, masks and borders."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperpose_core.errors import ConfigError, InputError
from hyperpose_core.skeletons import Skeleton
from hyperpose_openpose.preprocess import Preprocessor
from hyperpose_openpose.skeletons import COCO

SIZE, STRIDE = (48, 32), 8
FORK = Skeleton(name="fork", keypoints=("a", "b", "c", "d"), limbs=((0, 1), (2, 1), (1, 3)))


def encode(people: np.ndarray, mask: np.ndarray | None = None, **options: float) -> dict:
    pre = Preprocessor(skeleton=FORK, input_size=SIZE, stride=STRIDE, options=options)
    mask = np.ones((SIZE[1], SIZE[0], 1), np.float32) if mask is None else mask
    people = np.asarray(people, np.float32).reshape(-1, 4, 3)
    targets = pre.encode(tf.constant(people), tf.zeros((len(people), 4)), tf.constant(mask))
    return {name: value.numpy() for name, value in targets.items()}


def absent(point: np.ndarray) -> bool:
    x, y, visible = point
    return not (visible > 0 and -0.5 <= x <= SIZE[0] - 0.5 and -0.5 <= y <= SIZE[1] - 0.5)


def slow_confidence(people: np.ndarray, x: int, y: int, k: int) -> float:
    """Equations 6 and 7 of arXiv 1611.08050 at one cell, sigma 7 pixels."""
    px, py = 8 * x + 3.5, 8 * y + 3.5
    values = [0.0]
    for person in people:
        if not absent(person[k]):
            square = (px - person[k][0]) ** 2 + (py - person[k][1]) ** 2
            values.append(math.exp(-square / (2 * 7.0**2)))
    return max(values)


def slow_affinity(people: np.ndarray, x: int, y: int, limb: tuple[int, int]) -> tuple[float, float]:
    """Equations 8 and 9 at one cell: the mean unit vector of the limbs within 8 pixels."""
    px, py = 8 * x + 3.5, 8 * y + 3.5
    vectors = []
    for person in people:
        a, b = person[limb[0]], person[limb[1]]
        if absent(a) or absent(b):
            continue
        dx, dy = b[0] - a[0], b[1] - a[1]
        length = math.hypot(dx, dy)
        ux, uy = dx / length, dy / length
        along = (px - a[0]) * ux + (py - a[1]) * uy
        across = abs((px - a[0]) * uy - (py - a[1]) * ux)
        nearest_end = min(math.hypot(px - e[0], py - e[1]) for e in (a, b))
        if (0 <= along <= length and across <= 8) or nearest_end <= 8:
            vectors.append((ux, uy))
    count = max(len(vectors), 1)
    return sum(v[0] for v in vectors) / count, sum(v[1] for v in vectors) / count


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 4))
def test_targets_follow_the_published_formulas(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    people = rng.uniform((-4, -4, 0), (52, 36, 1), (count, 4, 3)).astype(np.float32)
    people[..., 2] = rng.choice([0, 1, 2], (count, 4), p=[0.1, 0.3, 0.6])
    targets = encode(people)
    for y, x in itertools.product(range(4), range(6)):
        confidences = [slow_confidence(people, x, y, k) for k in range(4)]
        np.testing.assert_allclose(targets["gt_conf"][y, x, :4], confidences, atol=1e-5)
        assert targets["gt_conf"][y, x, 4] == pytest.approx(1 - max(confidences), abs=1e-5)
        vectors = [v for limb in FORK.limbs for v in slow_affinity(people, x, y, limb)]
        np.testing.assert_allclose(targets["gt_paf"][y, x], vectors, atol=1e-5)


def test_channels_are_keypoints_then_background_and_x_then_y_of_each_limb() -> None:
    person = [(11.5, 11.5, 2), (35.5, 11.5, 2), (0, 0, 0), (35.5, 27.5, 2)]
    targets = encode(np.array([person]))
    assert targets["gt_conf"].shape == (4, 6, 5)
    assert targets["gt_paf"].shape == (4, 6, 6)
    assert targets["gt_conf"][1, 1].tolist() == pytest.approx([1, 0, 0, 0, 0], abs=0.01)
    assert targets["gt_conf"][1, 4].tolist() == pytest.approx([0, 1, 0, 0.073, 0], abs=0.01)
    np.testing.assert_allclose(targets["gt_paf"][1, 2], [1, 0, 0, 0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(targets["gt_paf"][2, 4], [1, 0, 0, 0, 0, 1], atol=1e-6)
    np.testing.assert_allclose(targets["gt_paf"][3, 4], [0, 0, 0, 0, 0, 1], atol=1e-6)


def test_absent_points_may_hold_anything() -> None:
    person = np.array([[(20, 20, 0), (np.nan, np.inf, 0), (-1e9, 1e30, 2), (np.nan, 5, 2)]])
    targets = encode(person)
    assert not targets["gt_conf"][..., :4].any()
    assert not targets["gt_paf"].any()
    assert (targets["gt_conf"][..., 4] == 1).all()


def test_keypoints_in_one_place_make_no_field_and_no_nan() -> None:
    person = np.array([[(20, 20, 2), (20, 20, 2), (20.0, 20, 2), (30, 20, 2)]])
    targets = encode(person)
    assert np.isfinite(targets["gt_paf"]).all()
    assert not targets["gt_paf"][..., :4].any()
    assert targets["gt_paf"][..., 4].any()


def test_the_mask_is_the_mean_over_each_cell() -> None:
    mask = np.ones((SIZE[1], SIZE[0], 1), np.float32)
    mask[:8, :8] = 0
    mask[8:16, 8:12] = 0
    small = encode(np.zeros((0, 4, 3)), mask)["mask"]
    assert small.shape == (4, 6, 1)
    assert small[0, 0, 0] == 0
    assert small[1, 1, 0] == 0.5
    assert small.sum() == 24 - 1.5


def test_the_number_of_people_is_free_inside_a_dataset_and_results_repeat() -> None:
    pre = Preprocessor(skeleton=COCO, input_size=SIZE, stride=STRIDE, options={})
    rng = np.random.default_rng(0)
    crowds = [rng.uniform(1, 31, (p, 18, 3)).astype(np.float32) for p in (0, 1, 7, 0, 3)]
    data = tf.data.Dataset.from_generator(
        lambda: iter(crowds), output_signature=tf.TensorSpec((None, 18, 3), tf.float32)
    )
    mask = tf.ones((SIZE[1], SIZE[0], 1))
    data = data.map(lambda k: pre.encode(k, k[:, :2, 0], mask), num_parallel_calls=2).batch(5)
    assert data.element_spec["gt_conf"].shape.as_list() == [None, 4, 6, 19]
    assert data.element_spec["gt_paf"].shape.as_list() == [None, 4, 6, 38]
    assert data.element_spec["mask"].shape.as_list() == [None, 4, 6, 1]
    first, again = (next(iter(data)) for _ in range(2))
    for name, value in first.items():
        np.testing.assert_array_equal(value.numpy(), again[name].numpy())
    alone = pre.encode(tf.constant(crowds[2]), tf.zeros((7, 4)), mask)
    np.testing.assert_allclose(first["gt_paf"][2].numpy(), alone["gt_paf"].numpy(), atol=1e-6)


def test_a_skeleton_without_limbs_has_empty_fields() -> None:
    dots = Skeleton(name="dots", keypoints=("a", "b"))
    pre = Preprocessor(skeleton=dots, input_size=SIZE, stride=STRIDE, options={})
    targets = pre.encode(tf.ones((1, 2, 3)) * 5, tf.zeros((1, 4)), tf.ones((32, 48, 1)))
    assert targets["gt_paf"].shape == (4, 6, 0)


@pytest.mark.parametrize("size", [(100, 96), (96, 100), (0, 8), (4, 4)])
def test_a_size_that_the_stride_does_not_divide(size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="multiples of 8"):
        Preprocessor(skeleton=COCO, input_size=size, stride=8, options={})


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"sigma": "wide"}, "must be a number"),
        ({"sigma": 0}, "above 0"),
        ({"upsample": 2.5}, "whole number"),
        ({"limb_widht": 1.0}, "did you mean 'limb_width'"),
    ],
)
def test_bad_options_are_told(options: dict, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Preprocessor(skeleton=COCO, input_size=SIZE, stride=8, options=options)


def test_options_of_the_architecture_are_left_alone() -> None:
    pre = Preprocessor(skeleton=COCO, input_size=SIZE, stride=8, options={"dropout": "yes"})
    assert pre.options.sigma == 0.875
