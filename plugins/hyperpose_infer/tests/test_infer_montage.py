"""Montages: an image beside its maps, cut to the image, for every family."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hyperpose_core.errors import PluginError
from hyperpose_core.families import Family
from hyperpose_core.inference.views import View
from hyperpose_core.skeletons import Skeleton
from hyperpose_infer.montage import NARROWEST, WIDEST, montage, montage_of

LINE = Skeleton("line", ("a", "b"), limbs=((0, 1),))
WHITE = np.full((60, 80, 3), 255, np.uint8)


def family(visualizer: Any) -> Family:
    return Family("theirs", LINE, 8, SimpleNamespace(), SimpleNamespace(), visualizer)  # type: ignore[arg-type]


def colored(height: int, width: int, color: tuple[int, int, int]) -> np.ndarray:
    return np.broadcast_to(np.array(color, np.uint8), (height, width, 3)).copy()


def share(picture: np.ndarray, color: tuple[int, int, int]) -> int:
    return int((picture == color).all(axis=-1).sum())


def test_a_stranger_without_panels_gets_a_montage_of_its_picture() -> None:
    image = colored(300, 400, (10, 20, 30))
    view = View.within((400, 300), (64, 64), 8, "box", False)
    theirs = colored(128, 64, (200, 0, 0))
    found = montage_of(image, image, [], view, family(lambda image, maps, skeleton: theirs))
    assert share(found, (10, 20, 30)) == 300 * 400
    assert share(found, (200, 0, 0)) == 300 * 150


def test_panels_are_cut_to_the_image_and_as_large_as_it() -> None:
    """The view is 64 x 64 and has 8 rows of grey above and below the image."""

    class Theirs:
        def panels(self, image: Any, maps: Any, skeleton: Any, parts: bool) -> dict[str, Any]:
            assert parts
            picture = colored(*image.shape[:2], (0, 200, 0))
            picture[:8] = picture[-8:] = (200, 0, 0)
            return {"green": picture}

    image = colored(300, 400, (10, 20, 30))
    view = View.within((400, 300), (64, 64), 8, "box", False)
    found = montage_of(image, image, [], view, family(Theirs()), parts=True)
    assert share(found, (0, 200, 0)) == 300 * 400
    assert not share(found, (200, 0, 0))


def test_a_broken_visualizer_is_named() -> None:
    class Theirs:
        def panels(self, *_: Any) -> dict[str, Any]:
            return {"grey": WHITE[..., 0]}

    view = View.within((80, 60), (64, 64), 8, "box", False)
    with pytest.raises(PluginError, match=r"'grey' uint8 \[h, w, 3\], and gave uint8 \[60, 80\]"):
        montage_of(WHITE, WHITE, [], view, family(Theirs()))


@pytest.mark.parametrize(
    ("count", "rows", "across"), [(1, 1, 1), (2, 1, 2), (4, 2, 2), (5, 2, 3), (41, 6, 7)]
)
def test_panels_stand_in_rows_that_are_equally_full(count: int, rows: int, across: int) -> None:
    picture = montage({str(n): colored(480, 640, (0, 0, 0)) for n in range(count)})
    width, height = (640, 480) if count < 10 else (320, 240)
    assert picture.shape[1] == across * width + (across - 1) * 6
    assert picture.shape[0] // rows in range(height + 1, height + 40)


def test_titles_are_written_and_fit() -> None:
    title = "a title that is longer than the panel under it is wide, by some words"
    picture = montage({title: colored(240, 320, (200, 0, 0))})
    dark = np.nonzero((picture[:24] < 100).all(axis=-1).any(axis=0))[0]
    assert dark.min() < 10
    assert 250 < dark.max() < 318


def test_a_title_takes_as_many_lines_as_it_needs_and_is_no_smaller_for_it() -> None:
    """All pictures of a row begin under its longest title; a word that is too long is shrunk."""
    words = "part affinity fields: direction (right red, up green, left cyan, down violet)"
    red = colored(240, 320, (200, 0, 0))
    for title, lines in (("nose", 1), (words, 2), (2 * words, 4), ("w" * 40, 1), ("", 1)):
        picture = montage({"people": red, title: red})
        below = (picture == (200, 0, 0)).all(axis=-1)
        assert not below[: 6 + 18 * lines].any()
        assert below[6 + 18 * lines :, :320].all()
        bar = (picture[: 6 + 18 * lines, 326:] < 100).all(axis=-1)
        assert not bar[:, 318:].any()
        least = 1 if title.startswith("w") else 7
        for line in range(lines if title else 0):  # as high as letters are
            assert bar[18 * line + 2 : 18 * line + 20].any(axis=1).sum() >= least


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 20_000), (5_000, 4), (4_000, 6_000)])
def test_images_of_every_size_and_shape(height: int, width: int) -> None:
    view = View.within((width, height), (64, 64), 8, "height", False)
    image = colored(height, width, (1, 2, 3))
    found = montage_of(image, image, [], view, family(lambda image, maps, skeleton: image))
    assert max(found.shape[:2]) > NARROWEST // 20
    assert max(found.shape[:2]) < 14 * WIDEST
