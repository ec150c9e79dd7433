"""People in pictures: whose colour, what is written, and where."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from hyperpose_core.data.humans import Human, draw_humans
from hyperpose_core.errors import InputError
from hyperpose_core.skeletons import Skeleton
from hyperpose_infer import drawing
from hyperpose_infer.drawing import draw_people, person_color
from hyperpose_infer.drawing_style import DrawingStyle, labels

LINE = Skeleton("line", ("a", "b", "c"), limbs=((0, 1), (1, 2)))
BY_PERSON = DrawingStyle(color_by="person")


def human(x: float, y: float, size: float = 100, score: float = 0.5) -> Human:
    points = [[x, y, 1], [x, y + size / 2, 1], [x, y + size, 1]]
    return Human(np.array(points, np.float32), score, LINE)


def picture(height: int = 300, width: int = 400) -> np.ndarray:
    return np.full((height, width, 3), 90, np.uint8)


def pixels(image: np.ndarray, color: tuple[int, int, int]) -> int:
    return int((image == color).all(axis=-1).sum())


def test_without_a_style_people_look_as_in_every_other_picture():
    people = [human(80, 80), human(200, 80)]
    np.testing.assert_array_equal(draw_people(picture(), people), draw_humans(picture(), people))


def test_a_person_keeps_the_colour_of_its_number():
    image = picture()
    assert draw_people(image, [human(80, 80), human(200, 80)], BY_PERSON, numbers=[7, 3]) is image
    assert tuple(image[130, 80]) == person_color(7)
    assert tuple(image[130, 200]) == person_color(3)
    assert not pixels(image, LINE.colors[1])


def test_the_first_sixteen_colours_can_be_told_apart():
    colors = [np.array(person_color(number), float) for number in range(1, 17)]
    nearest = min(np.abs(a - b).max() for a, b in itertools.combinations(colors, 2))
    assert nearest > 25


def test_labels_say_what_is_asked_for(monkeypatch):
    said: list[str] = []
    write = drawing.cv2.putText

    def heard(image: np.ndarray, text: str, *more: object) -> object:
        said.append(text)
        return write(image, text, *more)

    monkeypatch.setattr(drawing.cv2, "putText", heard)
    people = [human(80, 80, score=0.912), human(200, 80, score=0.4)]
    for label, numbers, words in (
        (("number",), None, ["#1", "#2"]),
        (("score",), None, ["0.91", "0.40"]),
        (("number", "score"), [12, 5], ["#12 0.91", "#5 0.40"]),
        ((), None, []),
    ):
        said.clear()
        draw_people(picture(), people, DrawingStyle(label=label), numbers)
        assert said == words


@pytest.mark.parametrize("crowd", [1, 5, 14])
def test_labels_of_a_crowd_lie_inside_the_picture_and_not_on_each_other(crowd):
    labels = drawing._Labels(picture())
    people = [human(40 + 22 * n, 5 + 3 * n, 60) for n in range(crowd)]
    labels.write(people, ["#10 0.99"] * crowd, [(255, 0, 0)] * crowd)
    assert len(labels.taken) == crowd
    for x, y, width, height in labels.taken:
        assert x >= 0
        assert y >= 0
        assert x + width <= 400
        assert y + height <= 300
    for one, other in itertools.combinations(labels.taken, 2):
        assert any(
            one[i] + one[i + 2] <= other[i] or other[i] + other[i + 2] <= one[i] for i in (0, 1)
        )


@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 4000), (40, 40), (4000, 3000)])
@pytest.mark.parametrize("far", [0.0, 1e9])
def test_every_size_of_picture_and_every_place_of_a_person(height, width, far):
    image = picture(height, width)
    draw_people(image, [human(far + width / 2, 0, height)], DrawingStyle("person", ("number",)))
    assert image.shape == (height, width, 3)
    assert (image != 90).any()


def test_somebody_of_whom_nothing_was_found_gets_no_label():
    nobody = Human(np.zeros((3, 3), np.float32), 0.5, LINE)
    image = draw_people(picture(), [nobody], DrawingStyle("person", ("number", "score")))
    assert (image == 90).all()


def test_a_view_that_is_not_contiguous_is_drawn_into():
    whole = picture(300, 800)
    draw_people(whole[:, ::2], [human(80, 80)], DrawingStyle("limb", ("number",)))
    assert (whole[:, ::2] != 90).any()
    assert (whole[:, 1::2] == 90).all()


def test_what_can_be_written_is_named():
    assert labels("", False) == ()
    assert labels("", True) == ("number",)
    assert labels("score, number", True) == ("score", "number")
    assert labels("number", False) == ("number",), "docs/pictures.md: its place in humans.json"
    with pytest.raises(InputError, match=r"'age' is none of number, score"):
        labels("number,age", True)
