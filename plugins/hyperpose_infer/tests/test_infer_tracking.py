"""Tracking and smoothing: numbers that stay with people, and keypoints without jitter."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperpose_core import Skeleton
from hyperpose_core.data.humans import Human
from hyperpose_infer.tracking.following import Following
from hyperpose_infer.tracking.one_euro import OneEuro
from hyperpose_infer.tracking.similarity import SIGMA, sigmas_of, similarity
from hyperpose_infer.tracking.tracker import KEEP, Tracker

BODY = Skeleton("body", ("head", "left", "right", "hips", "feet"), ((0, 3), (3, 4)))
SHAPE = np.array([[0, 0], [-20, 40], [20, 40], [0, 60], [0, 120]])


def somebody(x: float, y: float = 100, size: float = 1.0, score: float = 1.0) -> Human:
    points = np.ones((5, 3), np.float32)
    points[:, :2] = SHAPE * size + (x, y)
    return Human(points, score, BODY)


def test_similarity_is_oks_of_the_keypoints_that_both_have():
    first, second = somebody(100).keypoints, somebody(105).keypoints.copy()
    second[4, 2] = 0
    sigmas = np.array([0.026, 0.062, 0.062, 0.107, 0.089])
    area = 40 * 120
    expected = np.mean([math.exp(-25 / (2 * area * (2 * s) ** 2)) for s in sigmas[:4]])
    assert similarity(first[None], second[None], sigmas) == pytest.approx(expected)
    assert similarity(first[None], first[None], sigmas) == pytest.approx(1)
    nobody = np.zeros_like(first)
    assert (similarity(np.stack([first, nobody]), np.stack([nobody]), sigmas) == 0).all()


def test_sigmas_are_the_skeletons_or_a_constant():
    assert (sigmas_of(BODY) == SIGMA).all()
    measured = Skeleton("measured", ("a", "b"), sigmas=(0.02, 0.1))
    assert sigmas_of(measured).tolist() == [0.02, 0.1]


def test_people_keep_their_numbers_in_whatever_order_they_are_found():
    tracker = Tracker()
    assert tracker([somebody(100), somebody(300)], 0.0) == [1, 2]
    assert tracker([somebody(305), somebody(103)], 0.04) == [2, 1]
    assert tracker([somebody(106), somebody(600), somebody(310)], 0.08) == [1, 3, 2]
    assert tracker([], 0.12) == []
    assert tracker([somebody(111)], 0.16) == [1]


@settings(deadline=None, max_examples=50)
@given(
    speed=st.floats(60, 400), noise=st.floats(0, 1.5), hidden=st.integers(0, 8), seed=st.integers(0)
)
def test_numbers_stay_through_a_crossing(speed, noise, hidden, seed):
    """One of the two is not found while the other is before them."""
    random, tracker, rate = np.random.default_rng(seed % 2**32), Tracker(), 25
    steps = round(200 / speed * rate)
    for step in range(-steps, steps + 1):
        passed = speed * step / rate
        pair = [somebody(500 + passed), somebody(500 - passed, y=103)]
        for human in pair:
            human.keypoints[:, :2] += random.normal(0, noise, (5, 2))
        wanted = [1, 2]
        if 2 * abs(step) < hidden:
            pair, wanted = pair[:1], wanted[:1]
        order = random.permutation(len(pair)) if step > -steps else range(len(pair))
        numbers = tracker([pair[i] for i in order], (step + steps) / rate)
        if abs(passed) > 60:  # nearer than that nobody can tell who is who
            assert numbers == [wanted[i] for i in order]


def test_who_is_lost_for_long_gets_a_new_number_and_takes_no_memory():
    tracker = Tracker()
    assert tracker([somebody(100)], 0.0) == [1]
    assert tracker([somebody(100)], 0.9 * KEEP) == [1]
    assert tracker([somebody(100)], 2.0 * KEEP) == [2]
    for second in range(3, 50):
        tracker([somebody(100 * second)], second * (KEEP + 0.1))
    assert len(tracker.tracks) == 1


def as_published(values: list[float], times: list[float], beta: float) -> list[float]:
    """Smooth numbers as Casiez's own Python code does (https://gery.casiez.net/1euro/)."""

    def alpha(cutoff: float, passed: float) -> float:
        return 1 / (1 + 1 / (2 * math.pi * cutoff) / passed)

    smooth, speed, found = values[0], 0.0, [values[0]]
    for i in range(1, len(values)):
        passed = times[i] - times[i - 1]
        share = alpha(1.0, passed)
        speed = share * (values[i] - smooth) / passed + (1 - share) * speed
        share = alpha(1.0 + beta * abs(speed), passed)
        smooth = share * values[i] + (1 - share) * smooth
        found.append(smooth)
    return found


def test_the_filter_is_the_published_one():
    random = np.random.default_rng(0)
    times = np.cumsum(random.uniform(0.02, 0.08, 50))
    track = np.cumsum(random.normal(0, 3, (50, 5, 2)), axis=0)
    euro = OneEuro()
    found = np.stack(
        [
            euro(np.dstack([p[None], np.ones((1, 5, 1))])[0], t)
            for p, t in zip(track, times, strict=True)
        ]
    )
    for k in range(5):
        for axis in range(2):
            expected = as_published(track[:, k, axis].tolist(), times.tolist(), 0.05)
            np.testing.assert_allclose(found[:, k, axis], expected, atol=1e-9)


def test_a_keypoint_that_comes_back_begins_anew_and_its_score_stays():
    euro = OneEuro()
    for frame, (x, score) in enumerate([(0, 0.5), (9, 0.0), (90, 0.7)]):
        [[found, _, kept]] = euro(np.array([[x, 0.0, score]]), frame / 25)
        assert (found, kept) == (x, score)


def test_smoothing_takes_jitter_away_and_keeps_up():
    random = np.random.default_rng(1)
    following = Following(smooth=True)
    still, still_found, ran, ran_found = [], [], [], []
    for frame in range(100):
        jitter = random.normal(0, 2)
        ran.append(300 + 12.0 * frame)
        still.append(100 + jitter)
        people = following([somebody(100 + jitter), somebody(ran[-1], y=400)], frame / 25)
        assert [person.number for person in people] == [1, 2]
        still_found.append(people[0].human.keypoints[0, 0])
        ran_found.append(people[1].human.keypoints[0, 0])
        assert people[0].human.keypoints.dtype == np.float32
    assert np.std(still_found[10:]) < 0.6 * np.std(still[10:])
    assert np.abs(np.array(ran) - ran_found)[10:].max() < 10  # less than one frame behind


def test_without_tracking_people_have_no_numbers():
    [person] = Following()([somebody(1)], 0.0)
    assert "number" not in person.to_dict()
    [person] = Following(track=True)([somebody(1)], 0.0)
    assert person.to_dict()["number"] == 1
