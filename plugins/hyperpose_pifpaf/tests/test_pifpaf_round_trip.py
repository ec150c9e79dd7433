"""What is encoded comes back when it is decoded: random crowds, drawn bodies, hidden keypoints."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperpose_core.data.humans import Human
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton
from hyperpose_pifpaf.postprocess import Postprocessor
from hyperpose_pifpaf.preprocess import Preprocessor

STRIDE = 8
Size = tuple[int, int]

NAMES = (
    *("nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder"),
    *("right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip"),
    *("right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"),
)
LIMBS = (
    *((15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8)),
    *((7, 9), (8, 10), (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6)),
)
SIGMAS = (0.026, *(0.025,) * 2, *(0.035,) * 2, *(0.079,) * 2, *(0.072,) * 2, *(0.062,) * 2)
PERSON = Skeleton("person", NAMES, LIMBS, (*SIGMAS, *(0.107,) * 2, *(0.087,) * 2, *(0.089,) * 2))
CHAIN = Skeleton("chain", ("head", "middle", "foot"), ((0, 1), (1, 2)))
POINT = Skeleton("point", ("ball",))

# In a unit square, in the order of the names.
PLACES = """.5 .12 .54 .09 .46 .09 .6 .11 .4 .11 .64 .25 .36 .25 .72 .42 .28 .42 .78 .56 .22 .56
.58 .55 .42 .55 .6 .77 .4 .77 .62 .98 .38 .98"""
BODY = np.array(PLACES.split(), np.float32).reshape(-1, 2)


def boxes_of(people: np.ndarray) -> np.ndarray:
    there = people[..., 2:] > 0
    low = np.where(there, people[..., :2], np.inf).min(axis=1)
    high = np.where(there, people[..., :2], -np.inf).max(axis=1)
    return np.concatenate([low, high - low], axis=-1).astype(np.float32)


def random_person(
    rng: np.random.Generator, skeleton: Skeleton, size: Size, extent: float
) -> np.ndarray:
    """Scatter the keypoints over a square."""
    low = rng.uniform(-0.4, np.asarray(size) - 0.6 - extent)
    person = np.full((len(skeleton), 3), 2.0, np.float32)
    person[:, :2] = rng.uniform(low, low + extent, (len(skeleton), 2))
    return person


def confusable(person: np.ndarray, people: np.ndarray, skeleton: Skeleton) -> bool:
    """Tell whether two people have a keypoint, or both ends of a limb, in nearly one place."""
    everyone = np.concatenate([people, person[None]])
    sigmas = np.array(skeleton.sigmas or (0.07,) * len(skeleton))
    scales = np.sqrt(boxes_of(everyone)[:, 2:].prod(-1))[:, None] * sigmas
    apart = np.linalg.norm(everyone[:-1, :, :2] - everyone[-1, :, :2], axis=-1)
    return bool((apart < np.maximum(np.maximum(scales[:-1], scales[-1]), STRIDE) + 4).any())


def crowd(rng: np.random.Generator, skeleton: Skeleton, size: Size, count: int) -> np.ndarray:
    """Place people on top of one another whose keypoints of one kind can be told apart."""
    people: list[np.ndarray] = []
    extent = float(rng.uniform(60, 160))
    while len(people) < count:
        for _ in range(60):
            person = random_person(rng, skeleton, size, extent)
            if not people or not confusable(person, np.stack(people), skeleton):
                people.append(person)
                break
        else:
            extent = max(0.8 * extent, 40)
    return np.stack(people)


def bodies(places: list[tuple[float, float, float]]) -> np.ndarray:
    """Draw people of which the upper left corner and the height are given."""
    people = np.full((len(places), len(NAMES), 3), 2, np.float32)
    for person, (x, y, height) in zip(people, places, strict=True):
        person[:, :2] = np.array((x, y)) + BODY * height
    return people


def decode_encoded(
    skeleton: Skeleton, size: Size, people: np.ndarray, **options: Any
) -> list[Human]:
    family: Any = {"skeleton": skeleton, "stride": STRIDE, "options": options}
    encoder = Preprocessor(input_size=size, **family)
    mask = np.ones((size[1], size[0], 1), np.float32)
    boxes = tf.zeros((len(people), 4))
    targets = encoder.encode(tf.constant(people), boxes, tf.constant(mask))
    return Postprocessor(**family)([targets[name].numpy() for name in encoder.map_names])


def assert_same_people(humans: list[Human], people: np.ndarray, within: float = 1.0) -> None:
    """Compare as sets, keypoint by keypoint."""
    there = people[..., 2] > 0
    assert len(humans) == len(people)
    left = list(range(len(people)))
    for human in humans:
        away = [
            np.inf
            if (there[i] != human.found).any()
            else np.abs(human.keypoints[there[i], :2] - people[i][there[i], :2]).max()
            for i in left
        ]
        assert min(away) < within
        del left[int(np.argmin(away))]


@pytest.mark.parametrize("skeleton", [PERSON, CHAIN], ids=["person", "chain"])
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 8),
    cells=st.tuples(st.integers(40, 64), st.integers(40, 64)),
)
@settings(max_examples=25, deadline=None)
def test_people_come_back(skeleton: Skeleton, seed: int, count: int, cells: Size) -> None:
    size = (cells[0] * STRIDE, cells[1] * STRIDE)
    people = crowd(np.random.default_rng(seed), skeleton, size, count)
    assert_same_people(decode_encoded(skeleton, size, people), people)


def test_a_row_of_drawn_people_who_overlap_comes_back() -> None:
    """Shoulder behind shoulder, arms across one another."""
    people = bodies([(20 + 60 * i, 30 + 25 * (i % 2), 200 - 20 * (i % 3)) for i in range(5)])
    assert_same_people(decode_encoded(PERSON, (480, 320), people), people)


def test_a_crowd_of_two_hundred_comes_back() -> None:
    people = bodies([(4 + 120 * (i % 20), 4 + 200 * (i // 20), 180) for i in range(200)])
    assert_same_people(decode_encoded(PERSON, (2440, 2016), people), people)


def test_a_small_person_before_a_large_one_comes_back() -> None:
    people = bodies([(20, 20, 330), (130, 180, 60), (200, 60, 40)])
    assert_same_people(decode_encoded(PERSON, (368, 368), people), people)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 5))
@settings(max_examples=15, deadline=None)
def test_people_without_their_outer_keypoints_come_back(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    people = crowd(rng, PERSON, (480, 480), count)
    for person in people:
        for chain in ([9], [10, 8], [15], [16, 14], [3], [0, 1, 2, 4]):
            if rng.random() < 0.4:
                person[chain] = [np.nan, np.nan, 0]
    assert_same_people(decode_encoded(PERSON, (480, 480), people), people)


def test_nobody_comes_back_from_nobody() -> None:
    assert decode_encoded(PERSON, (96, 64), np.zeros((0, len(PERSON), 3), np.float32)) == []


def test_keypoints_at_the_borders_and_corners() -> None:
    """The outer edges of the outermost pixels belong to the image; beyond them nothing does."""
    width, height = 128, 96
    people = bodies([(30, 5, 80)])
    corners = [(-0.5, -0.5), (width - 0.5, -0.5), (width - 0.5, height - 0.5), (-0.5, height - 0.5)]
    people[0, [9, 10, 15, 16], :2] = corners
    assert_same_people(decode_encoded(PERSON, (width, height), people), people)
    people[0, 9, :2] = (-0.6, 10)
    (human,) = decode_encoded(PERSON, (width, height), people)
    assert not human.found[9]
    assert human.found.sum() == len(PERSON) - 1


def test_a_person_in_one_place_comes_back() -> None:
    """Limbs without a length have no direction, and need none."""
    people = np.array([[(40, 40, 2), (40, 40, 2), (40, 40, 2)]], np.float32)
    assert_same_people(decode_encoded(CHAIN, (96, 96), people), people)


def test_one_keypoint_is_a_person_without_a_limb() -> None:
    people = np.array([[(20, 30, 2)], [(60, 30, 2)], [(70, 80, 2)]], np.float32)
    assert_same_people(decode_encoded(POINT, (96, 96), people), people)


def test_keypoints_without_limbs_are_nobody() -> None:
    with pytest.raises(ConfigError, match="no limbs"):
        Postprocessor(skeleton=Skeleton("loose", ("a", "b")), stride=8, options={})


def test_options_are_shared_by_both_ways() -> None:
    people = bodies([(20, 20, 200), (150, 60, 240)])
    options = {"side": 3, "limb_width": 1.5, "fineness": 4}
    assert_same_people(decode_encoded(PERSON, (368, 368), people, **options), people)
