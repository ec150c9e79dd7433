"""Drawing: skeletons in place, and pictures as files."""

import cv2
import numpy as np
import pytest

from hyperpose_core.data.drawing import draw_skeleton, save_picture
from hyperpose_core.data.humans import Human, draw_humans
from hyperpose_core.errors import InputError
from hyperpose_core.skeletons import Skeleton

LINE = Skeleton("line", ("a", "b", "c"), limbs=((0, 1), (1, 2)))


def test_draws_in_place_limbs_between_points_that_are_there():
    image = np.zeros((60, 100, 3), np.uint8)
    keypoints = np.array([[10, 30, 1], [60, 30, 0.2], [90, 5, 0]])
    assert draw_skeleton(image, keypoints, LINE) is image
    assert tuple(image[30, 10]) == LINE.colors[0]
    assert tuple(image[30, 60]) == LINE.colors[1]
    assert image[30, 35].any()
    assert not image[:25].any()
    assert not image[:, 70:].any()


def test_larger_people_have_thicker_limbs():
    widths = []
    for scale in (1, 6):
        image = np.zeros((600, 900, 3), np.uint8)
        points = np.array([[20, 50, 1], [120, 50, 1], [0, 0, 0]]) * (scale, scale, 1)
        draw_skeleton(image, points, LINE)
        widths.append(int(image[:, 70 * scale].any(axis=-1).sum()))
    assert widths[0] < widths[1]


@pytest.mark.parametrize(("side", "least", "most"), [(16, 1, 7), (400, 1, 9), (4000, 10, 20)])
def test_far_away_people_are_seen_where_a_large_image_is_shown_small(side, least, most):
    image = np.zeros((side, side, 3), np.uint8)
    points = np.array([[side / 2, 2, 1], [side / 2, 0.9 * side / 20, 1], [0, 0, 0]])
    draw_skeleton(image, points, LINE)
    assert least <= image.any(axis=-1)[round(side / 40)].sum() <= most


def test_one_colour_a_person_and_dark_edges_on_any_ground():
    image = np.full((200, 200, 3), 255, np.uint8)
    points = np.array([[20, 100, 1], [100, 100, 1], [180, 100, 1]])
    draw_skeleton(image, points, LINE, (10, 200, 30))
    column = image[:, 60].astype(int)
    assert tuple(column[100]) == (10, 200, 30)
    assert column.sum(axis=-1)[[97, 98, 102, 103]].max() < 255
    assert (image == 255).all(axis=-1)[:90].all()


@pytest.mark.parametrize(
    "points",
    [
        np.zeros((3, 3)),
        np.array([[1e9, 5, 1], [-1e30, np.inf, 1], [np.nan, 0, 1]]),
        np.array([[-500, 5, 1], [5, 5, 1], [900, -900, 1]]),
    ],
)
def test_points_outside_or_absent_do_no_harm(points):
    image = np.zeros((20, 20, 3), np.uint8)
    draw_skeleton(image, points, LINE)
    assert image.shape == (20, 20, 3)


def test_a_view_that_is_not_contiguous_is_drawn_into():
    whole = np.zeros((40, 80, 3), np.uint8)
    view = whole[:, ::2]
    draw_humans(view, [Human(np.array([[5, 5, 1], [30, 30, 1], [0, 0, 0]]), 1.0, LINE)])
    assert whole[:, ::2].any()
    assert not whole[:, 1::2].any()


def test_a_picture_is_read_back_as_rgb_and_nothing_else_is_left(tmp_path):
    picture = np.zeros((4, 6, 3), np.uint8)
    picture[..., 0] = 200
    save_picture(tmp_path / "new" / "a.png", picture)
    read = cv2.imread(str(tmp_path / "new" / "a.png"))[..., ::-1]
    np.testing.assert_array_equal(read, picture)
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["a.png"]


@pytest.mark.parametrize("name", ["a.txt", "a"])
def test_an_ending_that_means_no_format_is_refused(tmp_path, name):
    with pytest.raises(InputError, match=r"\.png"):
        save_picture(tmp_path / name, np.zeros((4, 6, 3), np.uint8))
    assert not list(tmp_path.iterdir())
