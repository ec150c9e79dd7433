"""Converters: keypoints by name, derived points, and converters of plugins."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperpose_coco.skeleton import COCO
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.skeletons.converters import check_common, convert
from hyperpose_core.specs import ConverterSpec
from hyperpose_mpii.skeleton import MPII


def people(seed: int, skeleton: Skeleton, shape: tuple[int, ...] = (3,)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 300, (*shape, len(skeleton), 3)).astype(np.float32)
    points[..., 2] = rng.integers(0, 3, points.shape[:-1])
    return np.where(points[..., 2:] > 0, points, 0)


class Converters:
    """A registry that offers one converter."""

    def __init__(self, source, to):
        self.spec = ConverterSpec(name="ours", target="somewhere:it", source=source, to=to)

    def specs(self, kind):
        return [self.spec] if kind == "keypoint_converter" else []

    def load(self, kind, name):
        assert (kind, name) == ("keypoint_converter", self.spec.pair)
        return lambda points: np.full((*points.shape[:-2], len(MPII), 3), 7.0)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.permutations(range(len(COCO))))
def test_any_order_of_the_same_points_and_back(seed, order):
    shuffled = Skeleton("shuffled", tuple(COCO.keypoints[i] for i in order))
    points = people(seed, COCO)
    there = convert(points, COCO, shuffled)
    np.testing.assert_array_equal(there, points[:, list(order)])
    np.testing.assert_array_equal(convert(there, shuffled, COCO), points)


def test_same_names_are_copied_and_others_are_zero():
    mpii = convert(people(0, COCO), COCO, MPII)
    np.testing.assert_array_equal(
        mpii[:, MPII.index("left_knee")], people(0, COCO)[:, COCO.index("left_knee")]
    )
    assert not mpii[:, MPII.index("headtop")].any()


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ((10, 20, 2), (30, 60, 2), (20, 40, 2)),
        ((10, 20, 2), (30, 60, 1), (20, 40, 1)),
        ((10, 20, 0.75), (30, 60, 0.25), (20, 40, 0.25)),
        ((10, 20, 2), (30, 60, 0), (0, 0, 0)),
    ],
)
def test_derived_points_are_the_mean_with_the_least_visibility(left, right, expected):
    points = np.zeros((1, 2, len(COCO), 3))
    points[..., COCO.index("left_hip"), :] = left
    points[..., COCO.index("right_hip"), :] = right
    pelvis = convert(points, COCO, MPII)[..., MPII.index("pelvis"), :]
    np.testing.assert_allclose(pelvis, np.broadcast_to(expected, (1, 2, 3)))


def test_a_point_that_the_source_has_is_not_derived():
    source = Skeleton("both", ("left_hip", "right_hip", "pelvis"))
    points = np.array([[[0, 0, 2], [10, 0, 2], [3, 3, 2]]])
    assert convert(points, source, MPII)[0, MPII.index("pelvis")].tolist() == [3, 3, 2]


def test_skeletons_with_nothing_in_common_are_an_error():
    horse = Skeleton("horse", ("near_hoof", "far_hoof", "withers", "tail"))
    with pytest.raises(ConfigError, match=r"'coco' \(nose, left_eye, right_eye, ...\).*'horse'"):
        check_common(COCO, horse)
    check_common(COCO, Skeleton("noses", ("nose", "tail")))
    check_common(COCO, Skeleton("withers", ("w",), derived={"w": ("nose", "left_eye")}))
    check_common(COCO, MPII, Converters("coco", "mpii"))


def test_a_registered_converter_of_exactly_these_skeletons_takes_precedence():
    points = people(1, COCO)
    assert (convert(points, COCO, MPII, Converters("coco", "mpii")) == 7).all()
    for other in (Converters("mpii", "coco"), Converters("coco", "other")):
        np.testing.assert_array_equal(
            convert(points, COCO, MPII, other), convert(points, COCO, MPII)
        )


def test_the_result_is_a_copy_and_nobody_is_nobody():
    points = people(2, COCO)
    convert(points, COCO, COCO)[...] = -1
    assert (points >= 0).all()
    assert convert(np.zeros((0, len(COCO), 3)), COCO, MPII).shape == (0, len(MPII), 3)


@pytest.mark.parametrize("shape", [(16, 3), (17, 2), (17,)])
def test_a_wrong_shape_is_refused(shape):
    with pytest.raises(ConfigError, match="coco"):
        convert(np.zeros(shape), COCO, MPII)
