"""What is encoded comes back when it is decoded: random people on both skeletons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hyperpose_core.data.humans import Human
from hyperpose_core.skeletons import Skeleton
from hyperpose_poseproposal.detect import overlaps
from hyperpose_poseproposal.postprocess import Postprocessor
from hyperpose_poseproposal.preprocess import Preprocessor
from hyperpose_poseproposal.skeletons import COCO, INSTANCE, MPII

STRIDE = 32
Size = tuple[int, int]


def boxes_of(people: np.ndarray) -> np.ndarray:
    low = np.where(people[..., 2:] > 0, people[..., :2], np.inf).min(axis=1)
    high = np.where(people[..., 2:] > 0, people[..., :2], -np.inf).max(axis=1)
    return np.concatenate([low, high - low], axis=-1).astype(np.float32)


def random_person(
    rng: np.random.Generator, skeleton: Skeleton, size: Size, extent: float
) -> np.ndarray:
    """Scatter the parts over at most four cells, as far as a window of nine reaches."""
    low = rng.uniform(-0.4, np.asarray(size) - 0.6 - extent)
    person = np.full((len(skeleton), 3), 2.0, np.float32)
    person[:, :2] = rng.uniform(low, low + extent, (len(skeleton), 2))
    instance = skeleton.index(INSTANCE)
    person[instance, 2] = 0
    x, y, w, h = boxes_of(person[None])[0]
    person[instance, :2] = x + w / 2, y + h / 2
    return person


def confusable(person: np.ndarray, people: np.ndarray, skeleton: Skeleton) -> bool:
    """Tell whether two people share a cell for a part, or boxes of a part are taken for one."""
    everyone = np.concatenate([people, person[None]])
    cells = (everyone[..., :2] + 0.5) // STRIDE
    if (cells[:-1] == cells[-1]).all(-1).any():
        return True
    boxes = boxes_of(everyone)
    instance = skeleton.index(INSTANCE)
    for part in range(len(skeleton)):
        whole = part == instance
        side = boxes[:, 2:] if whole else np.tile(boxes[:, 2:].max(-1, keepdims=True) / 8, 2)
        if (overlaps(np.concatenate([everyone[:, part, :2], side], -1))[-1, :-1] > 0.29).any():
            return True
    return False


def crowd(rng: np.random.Generator, skeleton: Skeleton, size: Size, count: int) -> np.ndarray:
    """Place people, with their instances, that the coarse grid can tell apart."""
    people: list[np.ndarray] = []
    extent = float(rng.uniform(40, 4 * STRIDE))
    while len(people) < count:
        for _ in range(40):
            person = random_person(rng, skeleton, size, extent)
            if not people or not confusable(person, np.stack(people), skeleton):
                people.append(person)
                break
        else:
            extent = max(0.8 * extent, 24)
    return np.stack(people)


def decode_encoded(
    skeleton: Skeleton, size: Size, people: np.ndarray, **options: Any
) -> list[Human]:
    family = {"skeleton": skeleton, "stride": STRIDE, "options": options}
    encoder = Preprocessor(input_size=size, **family)
    mask = np.ones((size[1], size[0], 1), np.float32)
    targets = encoder.encode(tf.constant(people), tf.constant(boxes_of(people)), tf.constant(mask))
    return Postprocessor(**family)([targets[name].numpy() for name in encoder.map_names])


def assert_same_people(humans: list[Human], people: np.ndarray, skeleton: Skeleton) -> None:
    """Compare as sets, the instances included."""
    expected = people.copy()
    expected[:, skeleton.index(INSTANCE), 2] = 2
    there = expected[..., 2] > 0
    assert len(humans) == len(people)
    left = list(range(len(people)))
    for human in humans:
        away = [
            np.inf
            if (there[i] != human.found).any()
            else np.abs(human.keypoints[there[i], :2] - expected[i][there[i], :2]).max()
            for i in left
        ]
        assert min(away) < 0.05
        del left[int(np.argmin(away))]


@pytest.mark.parametrize("skeleton", [COCO, MPII], ids=["coco", "mpii"])
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 20),
    cells=st.tuples(st.integers(12, 20), st.integers(12, 20)),
)
@settings(max_examples=15, deadline=None)
def test_people_come_back(skeleton: Skeleton, seed: int, count: int, cells: Size) -> None:
    size = (cells[0] * STRIDE, cells[1] * STRIDE)
    people = crowd(np.random.default_rng(seed), skeleton, size, count)
    assert_same_people(decode_encoded(skeleton, size, people), people, skeleton)


def test_a_crowd_of_two_hundred_comes_back() -> None:
    people = crowd(np.random.default_rng(1), COCO, (120 * STRIDE, 120 * STRIDE), 200)
    assert_same_people(decode_encoded(COCO, (120 * STRIDE, 120 * STRIDE), people), people, COCO)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 8))
@settings(max_examples=15, deadline=None)
def test_people_without_all_their_parts_come_back(seed: int, count: int) -> None:
    """Outer parts are hidden, and the boxes, so the instances, follow what is left."""
    rng = np.random.default_rng(seed)
    people = crowd(rng, COCO, (640, 640), count)
    instance = COCO.index(INSTANCE)
    for person in people:
        for chain in ([3, 4], [7], [9, 10], [13], [14, 15, 16, 17]):
            if rng.random() < 0.4:
                person[chain] = [np.nan, np.nan, 0]
    boxes = boxes_of(people)
    people[:, instance, :2] = boxes[:, :2] + boxes[:, 2:] / 2
    cells = (people[:, instance, :2] + 0.5) // STRIDE
    assume(len(np.unique(cells, axis=0)) == count)
    whole = np.concatenate([people[:, instance, :2], boxes[:, 2:]], -1)
    assume((overlaps(whole) > 0.29).sum() == count)
    assert_same_people(decode_encoded(COCO, (640, 640), people), people, COCO)


def test_nobody_comes_back_from_nobody() -> None:
    assert decode_encoded(COCO, (96, 64), np.zeros((0, len(COCO), 3), np.float32)) == []


def test_keypoints_at_the_borders_and_corners() -> None:
    """The outer edges of the outermost pixels belong to the image, and to its last cells."""
    width, height = 128, 96
    people = np.full((1, len(MPII), 3), 2.0, np.float32)
    people[0, :, :2] = np.random.default_rng(0).uniform(20, 60, (len(MPII), 2))
    corners = [(-0.5, -0.5), (width - 0.5, -0.5), (width - 0.5, height - 0.5), (-0.5, height - 0.5)]
    people[0, [0, 4, 7, 10], :2] = corners
    people[0, MPII.index(INSTANCE)] = (width / 2 - 0.5, height / 2 - 0.5, 0)
    assert_same_people(decode_encoded(MPII, (width, height), people), people, MPII)


def test_what_hangs_on_a_hidden_part_comes_back() -> None:
    """An elbow whose shoulder is not annotated, ears without a nose."""
    people = crowd(np.random.default_rng(3), COCO, (384, 384), 1)
    people[0, [0, 2, 14, 15], 2] = 0
    boxes = boxes_of(people)
    people[:, 1, :2] = boxes[:, :2] + boxes[:, 2:] / 2
    assert_same_people(decode_encoded(COCO, (384, 384), people), people, COCO)


def test_a_second_person_whose_middle_is_in_the_same_cell_comes_back() -> None:
    for seed in range(100):
        people = crowd(np.random.default_rng(seed), COCO, (384, 384), 1)
        people = np.concatenate([people, people])
        people[1, :, :2] = 2 * people[0, 1, :2] - people[0, :, :2]  # turned about the middle
        cells = (people[..., :2] + 0.5) // STRIDE
        if (cells[0] == cells[1]).all(-1).sum() == 1:  # the instances'
            break
    humans = decode_encoded(COCO, (384, 384), people)
    assert [int(human.found.sum()) for human in humans] == [18, 17]
    for human, person in zip(humans, people, strict=True):
        found = human.found
        np.testing.assert_allclose(human.keypoints[found, :2], person[found, :2], atol=0.05)


def test_edges_farther_than_the_window_are_out_of_reach() -> None:
    people = np.zeros((1, len(COCO), 3), np.float32)
    people[0, [0, 8, 9]] = [(40, 40, 2), (200, 200, 2), (200, 380, 2)]
    humans = decode_encoded(COCO, (384, 384), people, min_parts=1, window=[3, 3])
    assert sorted(int(human.found.sum()) for human in humans) == [4]
    outside = decode_encoded(
        COCO, (384, 384), people, min_parts=1, instance_size=0.1, window=[3, 3]
    )
    assert sum(int(human.found.sum()) for human in outside) == 4
    assert len(outside) > 1


def test_options_are_shared_by_both_ways() -> None:
    people = crowd(np.random.default_rng(5), COCO, (384, 320), 2)
    options = {"window": [11, 9], "part_size": 0.06, "nms_threshold": 0.5}
    assert_same_people(decode_encoded(COCO, (384, 320), people, **options), people, COCO)
