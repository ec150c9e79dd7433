"""PCK, AUC, EPE and the matching of people."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hyperpose_scores.pck import (
    auc,
    box_sizes,
    epe,
    head_sizes,
    match_people,
    matched_keypoints,
    pck,
    point_errors,
)

PEOPLE, JOINTS = 4, 5
places = arrays(float, (PEOPLE, JOINTS, 2), elements=st.floats(-500, 500, width=32))
seen = arrays(np.int64, (PEOPLE, JOINTS), elements=st.integers(0, 2))
sizes = arrays(float, PEOPLE, elements=st.floats(1, 300, width=32))
quick = settings(max_examples=60, deadline=None)


def people(xy, visible):
    return np.concatenate([xy, visible[..., None]], axis=2)


def test_sizes_are_those_of_the_protocols():
    assert head_sizes([[5, 5, 30, 40]]) == pytest.approx([30])
    assert box_sizes([[5, 5, 30, 40], [0, 0, 9, 8]]).tolist() == [40, 9]


def test_errors_tell_unannotated_from_not_found():
    truth = np.array([[[0, 0, 2], [3, 4, 1], [9, 9, 0], [1, 1, 2]]], float)
    predicted = np.array([[[0, 0, 0.5], [0, 0, 0.1], [0, 0, 1], [1, 1, 0]]])
    np.testing.assert_array_equal(point_errors(predicted, truth), [[0, 5, np.nan, np.inf]])
    lost = predicted[..., :2].copy()
    lost[0, 0] = np.nan
    np.testing.assert_array_equal(point_errors(lost, truth), [[np.inf, 5, np.nan, 0]])


def test_counts_means_and_the_threshold_itself():
    errors = np.array([[5.0, 5.1, np.nan], [np.inf, 0, np.nan], [np.nan, 9, np.nan], [1, 1, 1]])
    found = pck(errors, [10, 10, 10, 0], 0.5)
    assert found.correct.tolist() == [1, 1, 0]
    assert found.annotated.tolist() == [2, 3, 0]
    np.testing.assert_allclose(found.by_joint, [50, 100 / 3, np.nan])
    assert found.mean() == pytest.approx(250 / 6)
    assert found.mean([1, 2]) == pytest.approx(100 / 3)
    assert found.weighted_mean() == pytest.approx(40)
    assert np.isnan(found.mean([2]))
    assert np.isnan(found.weighted_mean([2]))


def test_the_mean_error_is_over_found_points():
    assert epe([[3, 5, np.nan, np.inf]]) == 4
    assert np.isnan(epe([[np.nan, np.inf]]))


def test_the_area_is_that_of_a_ramp():
    errors = np.linspace(0, 0.5, 5001)[:, None]
    assert auc(errors, np.ones(5001)) == pytest.approx([50], abs=0.02)
    assert auc([[0.0, np.inf]], [1.0]).tolist() == [100, 0]


@quick
@given(xy=places, predicted=places, visible=seen, length=sizes)
def test_pck_agrees_with_counting_one_by_one(xy, predicted, visible, length):
    truth = people(xy, visible)
    found = pck(point_errors(predicted, truth), length, 0.5)
    for j in range(JOINTS):
        shown = [p for p in range(PEOPLE) if visible[p, j]]
        near = [p for p in shown if np.hypot(*(predicted[p, j] - xy[p, j])) <= 0.5 * length[p]]
        assert (found.correct[j], found.annotated[j]) == (len(near), len(shown))


@quick
@given(xy=places, predicted=places, visible=seen, length=sizes, factor=st.floats(0.25, 4))
def test_scores_do_not_depend_on_the_size_of_the_image(xy, predicted, visible, length, factor):
    truth, larger = people(xy, visible), people(xy * factor, visible)
    one = auc(point_errors(predicted, truth), length)
    other = auc(point_errors(predicted * factor, larger), length * factor)
    np.testing.assert_allclose(one, other, atol=3)


@quick
@given(xy=places, visible=seen, length=sizes, order=st.permutations(range(PEOPLE)))
def test_the_truth_in_any_order_is_perfect(xy, visible, length, order):
    # Apart, because people who differ only in what is not annotated can be taken for one another.
    xy = xy + 10_000 * np.arange(PEOPLE)[:, None, None]
    truth = people(xy, visible)
    predicted = [xy[p] for p in order]
    errors = point_errors(matched_keypoints(predicted, truth, length), truth)
    assert epe(errors) == 0 or not visible.any()
    assert not np.isinf(errors).any()


@quick
@given(xy=places, found=places, visible=seen, length=sizes)
def test_a_prediction_is_matched_once_and_the_best_pair_first(xy, found, visible, length):
    truth = people(xy, visible)
    matched = match_people(list(found), truth, length)
    taken = matched[matched >= 0]
    assert len(set(taken)) == len(taken)
    shares = {
        (p, n): pck(point_errors(found[[n]], truth[[p]]), length[[p]], 0.5).correct.sum()
        / max(1, (visible[p] > 0).sum())
        for p, n in itertools.product(range(PEOPLE), range(PEOPLE))
    }
    best = max(shares.values())
    if best > 0:
        assert any(shares[p, n] == best for p, n in enumerate(matched) if n >= 0)


def test_who_is_far_from_everybody_matches_nobody():
    truth = np.array([[[0, 0, 2], [10, 0, 2]]], float)
    assert match_people([truth[0] + [900, 0, 0]], truth, [10]).tolist() == [-1]
    assert match_people([], truth, [10]).tolist() == [-1]
    assert matched_keypoints([], truth, [10]).tolist() == [[[0, 0, 0]] * 2]
    assert match_people([truth[0]], truth[:0], []).tolist() == []
