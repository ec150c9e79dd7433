"""Skeletons of one's own: TOML files, mirror images, and errors that name the key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperpose import Config
from hyperpose_coco.skeleton import COCO
from hyperpose_core.config import from_dict, load_config, resolve_config, to_dict
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.skeletons.table import read_skeleton, skeleton_from_table
from hyperpose_mpii.skeleton import MPII

HORSE = """
name = "horse"
keypoints = ["nose", "near_hoof", "far_hoof", "withers", "tail"]
limbs = [["nose", "withers"], ["withers", "tail"], [3, 1]]
flip_pairs = [["near_hoof", "far_hoof"]]

[sigmas]
tail = 0.1
nose = 0.02
near_hoof = 0.05
far_hoof = 0.06
withers = 0.07

[derived]
withers = ["nose", "tail"]
"""


@pytest.fixture
def horse(tmp_path):
    path = tmp_path / "horse.toml"
    path.write_text(HORSE)
    return path


def test_a_file_is_read_with_names_in_place_of_indices(horse):
    assert read_skeleton(horse) == Skeleton(
        "horse",
        ("nose", "near_hoof", "far_hoof", "withers", "tail"),
        ((0, 3), (3, 4), (3, 1)),
        (0.02, 0.05, 0.06, 0.07, 0.1),
        {"withers": ("nose", "tail")},
        (("near_hoof", "far_hoof"),),
    )


def test_the_file_can_be_given_wherever_settings_can(horse, tmp_path):
    settings = tmp_path / "settings.toml"
    settings.write_text(f'[model]\nskeleton = "{horse}"\n')
    for config in (load_config(settings), resolve_config(sets=[f"model.skeleton={horse}"])):
        assert config.model.skeleton == read_skeleton(horse)
        assert from_dict(to_dict(config)).model.skeleton == read_skeleton(horse)
    Config.set_model_skeleton(horse)
    assert Config.get_config().model.skeleton == read_skeleton(horse)
    Config.reset()


def test_a_file_without_a_name_is_called_like_the_file(tmp_path):
    path = tmp_path / "sheep.toml"
    path.write_text('keypoints = ["a"]')
    assert read_skeleton(path).name == "sheep"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("keypoints = [", "keypoints = [,"), "is not TOML: Invalid value (at line 3"),
        (('"nose", "near_hoof"', '"nose", "tail", "near_hoof"'), "names a keypoint twice"),
        (('["withers", "tail"]', '["withers", "tial"]'), "limbs, pair 2: 'tial' is not among"),
        (("[3, 1]", "[3, 9]"), "limb (3, 9)"),
        (("[3, 1]", "[3]"), "limbs, pair 3: a limb is two keypoints"),
        (('"far_hoof"]]', '"paw"]]'), "flip_pairs, pair 1: 'paw' is not among"),
        (('"far_hoof"]]', '"near_hoof"]]'), "each keypoint may be in one pair"),
        (("tail = 0.1\n", ""), "sigmas lack tail"),
        (("tail = 0.1", "tail = -0.1"), "sigmas: -0.1 is no number above 0"),
        (("tail = 0.1", "paw = 0.1"), "sigmas: 'paw' is not among"),
        (('withers = ["nose', 'paw = ["nose'), "derived: 'paw' is not among"),
        (('withers = ["nose", "tail"]', "withers = 3"), "derived.withers must be a list of names"),
        (("flip_pairs", "flips"), "a skeleton has no 'flips'; there are name, keypoints"),
        (('keypoints = ["nose", "near_hoof"', "keypoints = [1"), "keypoints must be a list"),
        ((HORSE, "keypoints = []"), "keypoints: a list of names"),
        ((HORSE, ""), "keypoints must be a list of names; got None"),
    ],
)
def test_an_error_names_the_file_and_the_key_or_line(horse, change, words):
    assert change[0] in HORSE
    horse.write_text(HORSE.replace(*change))
    with pytest.raises(ConfigError) as caught:
        read_skeleton(horse)
    assert words in str(caught.value)
    assert str(horse) in str(caught.value)
    with pytest.raises(ConfigError, match=r"model\.skeleton must be"):
        resolve_config(sets=[f"model.skeleton={horse}"])


@given(
    st.dictionaries(
        st.sampled_from(["name", "keypoints", "limbs", "sigmas"]),
        st.recursive(
            st.integers() | st.text(max_size=3) | st.none() | st.floats(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
            max_leaves=6,
        ),
    )
)
def test_no_table_does_anything_but_fit_or_be_a_configuration_error(table):
    try:
        skeleton_from_table(table)
    except ConfigError:
        return


def test_no_skeleton_is_without_keypoints():
    with pytest.raises(ConfigError, match="skeleton 'ghost' has no keypoints"):
        Skeleton("ghost", ())


def test_mirror_images_by_name_and_by_pairs():
    for known in (COCO, MPII):
        for name, mirror in zip(known.keypoints, known.flip, strict=True):
            side, _, rest = name.partition("_")
            other = {"left": f"right_{rest}", "right": f"left_{rest}"}.get(side, name)
            assert known.keypoints[mirror] == other
    names = ("nose", "l_eye", "r_eye", "ear-left", "ear-right", "Left Hand", "Right Hand", "hornA",
             "hornB", "lip", "left_only")  # fmt: skip
    skeleton = Skeleton("x", names, flip_pairs=(("hornA", "hornB"),))
    assert skeleton.flip == (0, 2, 1, 4, 3, 6, 5, 8, 7, 9, 10)
    for pair in ("leftEye rightEye", "eyeLeft eyeRight", "eyeL eyeR", "LEar REar", "lEar rEar"):
        assert Skeleton("x", tuple(pair.split())).flip == (1, 0), pair
    for pair in ("bleft bright", "Leg Reg", "lend rend", "L1 R1"):
        assert Skeleton("x", tuple(pair.split())).flip == (0, 1), pair
    # A pair that is given comes before what the names say.
    odd = Skeleton("odd", ("left_a", "right_a", "b"), flip_pairs=(("left_a", "b"),))
    assert odd.flip == (2, 1, 0)
