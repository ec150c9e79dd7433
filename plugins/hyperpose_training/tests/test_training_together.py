"""Keypoints that only the origin has stay in the network, to hold people together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hyperpose_core.config import resolve_config
from hyperpose_core.registry import get_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_training.start.together import joined, kept_together

THEIRS = Skeleton(
    "theirs",
    ("nose", "neck", "left_hand", "right_hand", "top", "tip"),
    ((1, 0), (1, 2), (1, 3), (4, 5)),
    derived={"neck": ("left_hand", "right_hand"), "nose": ("neck",)},
    flip_pairs=(("top", "tip"),),
)
OURS = Skeleton("ours", ("right_hand", "tail", "nose"), ((0, 1), (2, 0)), sigmas=(0.1, 0.1, 0.1))


def config(skeleton, *sets, model="MobilenetThinOpenpose"):
    options = {"model.type": model, "data.type": "coco-custom"}
    made = resolve_config(options=options, sets=sets)
    made.model.skeleton = skeleton
    return made


def begun(monkeypatch, own, theirs, *sets, model="MobilenetThinOpenpose"):
    """Return what a model of a dataset's own keypoints has from an origin."""
    module = "hyperpose_training.start.together.resolve_skeleton"
    monkeypatch.setattr(module, lambda config, _: config.model.skeleton or own)
    return kept_together(
        config(None, *sets, model=model), config(theirs, model=model), get_registry()
    )


def test_joined_has_our_keypoints_and_their_limbs_first():
    both = joined(OURS, THEIRS)
    assert both.keypoints == ("right_hand", "tail", "nose", "neck", "left_hand", "top", "tip")
    named = [tuple(both.keypoints[i] for i in limb) for limb in both.limbs]
    theirs = [tuple(THEIRS.keypoints[i] for i in limb) for limb in THEIRS.limbs]
    assert named == [*theirs, ("right_hand", "tail"), ("nose", "right_hand")]
    assert both.derived == {"neck": ("left_hand", "right_hand")}, "a nose is annotated"
    assert both.flip_pairs == (("top", "tip"),)


def test_a_limb_of_both_is_there_once_as_theirs_goes():
    ours = replace(OURS, keypoints=("nose", "neck", "tail"), limbs=((0, 1), (1, 2)))
    limbs = joined(ours, THEIRS).limbs
    assert (1, 0) in limbs
    assert (0, 1) not in limbs


def test_what_only_the_origin_has_is_auxiliary(monkeypatch):
    found = begun(monkeypatch, OURS, THEIRS, "model.options.min_parts=2")
    left = ["neck", "left_hand", "top", "tip"]
    assert found["model.options"] == {"min_parts": 2, "auxiliary": left}
    assert found["model.skeleton"] == joined(OURS, THEIRS)


@pytest.mark.parametrize(
    ("own", "model"),
    [
        (THEIRS, "MobilenetThinOpenpose"),  # which lacks nothing
        (Skeleton("fish", ("fin", "tail"), ((0, 1),)), "MobilenetThinOpenpose"),  # no people
        (OURS, "Poseproposal"),  # which joins no keypoints along limbs
    ],
)
def test_where_it_is_of_no_use_nothing_is_kept(monkeypatch, own, model):
    assert begun(monkeypatch, own, THEIRS, model=model) == {}


def test_keypoints_that_are_set_are_all_that_there_are():
    assert kept_together(config(OURS), config(THEIRS), get_registry()) == {}
