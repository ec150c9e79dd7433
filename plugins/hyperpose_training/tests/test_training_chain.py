"""What a family does not find in its own perfect maps is said before anything is trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperpose_core.build import completed
from hyperpose_core.config import resolve_config
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import ConfigError
from hyperpose_core.families import Family
from hyperpose_core.registry import get_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_training.start.chain import chain_problems

SIZE = (384, 384)
FOUR = Skeleton("four", ("head", "neck", "hip", "tail"), ((0, 1), (1, 2), (2, 3)))


def family(skeleton: Skeleton, model: str = "MobilenetThinOpenpose", **options: object) -> Family:
    config = resolve_config(options={"model.type": model, "model.input_size": SIZE})
    config.model.skeleton, config.model.options = skeleton, options
    return Family.of(completed(config, get_registry()), get_registry())


def sample(skeleton: Skeleton, *seen: int, side: float = 100.0) -> Sample:
    """Return somebody whose keypoints lie on a circle, with some of them annotated, or all."""
    angles = np.linspace(0, 2 * np.pi, len(skeleton), endpoint=False)
    points = np.zeros((1, len(skeleton), 3), np.float32)
    points[0, :, 0], points[0, :, 1] = 192 + side * np.cos(angles), 192 + side * np.sin(angles)
    points[0, :, 2] = 2
    if seen:
        points[0, [i for i in range(len(skeleton)) if i not in seen]] = 0
    boxes = np.array([[192 - side, 192 - side, 2 * side, 2 * side]], np.float32)
    return Sample(1, Path("no.jpg"), 384, 384, points, boxes)


@pytest.mark.parametrize("model", ["MobilenetThinOpenpose", "Poseproposal"])
@pytest.mark.parametrize("skeleton", [FOUR, replace(FOUR, limbs=((1, 0), (1, 2), (1, 3)))])
def test_a_skeleton_whose_limbs_join_all_comes_back(model, skeleton):
    options = {"window": [25, 25]} if model == "Poseproposal" else {}
    assert chain_problems(family(skeleton, model, **options), [sample(skeleton)], SIZE) == []


@pytest.mark.parametrize("count", [2, 3, 4])
def test_small_skeletons_are_found_whole_by_default(count):
    names = tuple("abcd"[:count])
    chain = Skeleton("small", names, tuple((i, i + 1) for i in range(count - 1)))
    assert chain_problems(family(chain), [sample(chain)], SIZE) == []


@pytest.mark.parametrize("names", [("centre",), ("anode", "cathode")])
def test_poseproposal_finds_one_keypoint_and_two(names):
    skeleton = Skeleton("thing", names, ((0, 1),) if len(names) == 2 else ())
    people = [sample(skeleton, side=30.0)]
    assert chain_problems(family(skeleton, "Poseproposal"), people, SIZE) == []


def test_openpose_says_that_one_keypoint_has_no_limbs():
    with pytest.raises(ConfigError, match=r"one keypoint can have none.*another family"):
        family(Skeleton("point", ("centre",)))


@given(st.integers(0, 3))
@settings(max_examples=4, deadline=None)
def test_a_keypoint_in_no_limb_is_named(alone):
    rest = [i for i in range(4) if i != alone]
    skeleton = replace(FOUR, limbs=((rest[0], rest[1]), (rest[1], rest[2])))
    [text] = chain_problems(family(skeleton), [sample(skeleton)], SIZE)
    assert f"joins {FOUR.keypoints[alone]} to the others" in text


def test_a_part_that_no_limb_joins_to_the_rest_is_named():
    five = Skeleton("parts", ("a", "b", "c", "d", "e"), ((0, 1), (1, 2), (3, 4)))
    [text] = chain_problems(family(five), [sample(five)], SIZE)
    assert "joins d, e to the others" in text


def test_what_one_person_lacks_another_may_show():
    """A neck that is not annotated leaves a person in pieces, and says nothing of the skeleton."""
    people = [sample(FOUR, 0, 2, 3, side=120.0), sample(FOUR)]
    assert chain_problems(family(FOUR), people, SIZE) == []


def test_limbs_that_reach_farther_than_the_window_are_told_of_the_options():
    person = sample(FOUR, side=60.0)
    person.keypoints[0, 3, :2] = 370
    [text] = chain_problems(family(FOUR, "Poseproposal"), [person], SIZE)
    assert "found without tail" in text
    assert "out of reach" in text
    assert "no limb" not in text


def test_options_by_which_nobody_is_found_are_said():
    [text] = chain_problems(family(FOUR, peak_threshold=1.5), [sample(FOUR)], SIZE)
    assert "nobody is found" in text
    assert "model.options" in text


def test_a_keypoint_beside_the_image_is_nobodys_fault():
    person = sample(FOUR)
    person.keypoints[0, 3, :2] = -50
    assert chain_problems(family(FOUR), [person], SIZE) == []


def test_no_people_no_problem():
    empty = replace(sample(FOUR), keypoints=np.zeros((0, 4, 3), np.float32))
    assert chain_problems(family(FOUR), [empty], SIZE) == []
