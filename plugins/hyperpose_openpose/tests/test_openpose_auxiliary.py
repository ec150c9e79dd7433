"""Auxiliary keypoints: people are found by them, and returned without them."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core.config import Config
from hyperpose_core.errors import ConfigError
from hyperpose_core.families import Family
from hyperpose_core.registry import get_registry
from hyperpose_openpose.postprocess import Postprocessor
from hyperpose_openpose.preprocess import Preprocessor
from hyperpose_openpose.skeletons import COCO

SIZE, STRIDE = (368, 368), 8
TOLD = ("nose", "left_wrist", "right_ankle")
LEFT_OUT = [name for name in COCO.keypoints if name not in TOLD]


def maps(people: int, seed: int):
    """Return perfect maps of people of 18 random keypoints, of whom some lack some."""
    rng = np.random.default_rng(seed)
    points = np.full((people, len(COCO), 3), 2, np.float32)
    points[..., :2] = rng.uniform(20, 348, (people, 1, 2)) + rng.normal(0, 40, (people, 18, 2))
    points[rng.random((people, 18)) < 0.2] = 0
    given = {"skeleton": COCO, "input_size": SIZE, "stride": STRIDE, "options": {}}
    boxes, mask = tf.zeros((people, 4)), tf.ones((*SIZE, 1))
    targets = Preprocessor(**given).encode(tf.constant(points), boxes, mask)
    return [targets[name].numpy() for name in ("gt_conf", "gt_paf")]


def decoded(outputs, **options):
    return Postprocessor(skeleton=COCO, stride=STRIDE, options=options)(outputs)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_people_are_found_without_their_auxiliary_keypoints(seed):
    outputs = maps(4, seed)
    kept = [COCO.index(name) for name in TOLD]
    whole = [h for h in decoded(outputs) if h.found[kept].any()]
    found = decoded(outputs, auxiliary=LEFT_OUT)
    assert len(found) == len(whole) > 0
    for ours, theirs in zip(found, whole, strict=True):
        assert ours.skeleton.keypoints == TOLD
        assert ours.score == theirs.score
        np.testing.assert_array_equal(ours.keypoints, theirs.keypoints[kept])


def test_the_family_gives_people_without_them_too():
    config = Config()
    config.model.type = "LightweightOpenpose"
    config.model.options = {"auxiliary": LEFT_OUT}
    family = Family.of(config, get_registry())
    outputs = maps(4, 0)
    found, same = family.people(outputs), decoded(outputs, auxiliary=LEFT_OUT)
    assert [human.score for human in found] == [human.score for human in same] != []
    assert {human.skeleton.keypoints for human in found} == {TOLD}


def test_who_has_no_other_keypoint_is_left_out():
    outputs = maps(3, 0)
    outputs[0][..., [COCO.index(name) for name in TOLD]] = 0
    assert decoded(outputs)
    assert decoded(outputs, auxiliary=LEFT_OUT) == []


def test_the_skeleton_that_is_told_keeps_the_limbs_among_its_keypoints():
    [human, *_] = decoded(maps(1, 1), auxiliary=["neck", "left_eye"])
    named = [tuple(human.skeleton.keypoints[i] for i in limb) for limb in human.skeleton.limbs]
    expected = [tuple(COCO.keypoints[i] for i in limb) for limb in COCO.limbs]
    assert named == [limb for limb in expected if not {"neck", "left_eye"} & set(limb)]
    assert len(human.skeleton.sigmas) == len(human.skeleton) == 16


def test_they_need_not_be_annotated():
    options = {"auxiliary": ["neck"]}
    made = Preprocessor(skeleton=COCO, input_size=SIZE, stride=STRIDE, options=options)
    assert made.own_keypoints == ("neck",)


@pytest.mark.parametrize("wrong", [["tail"], 3, [["neck"]], list(COCO.keypoints)])
def test_what_the_option_may_be(wrong):
    with pytest.raises(ConfigError, match=r"option 'auxiliary' is .* must be a list of keypoints"):
        decoded(maps(1, 0), auxiliary=wrong)
