"""Masks: regions in every form of COCO, and the way to PNG and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperpose_coco import masks
from hyperpose_core.data.masks import decode, encode
from hyperpose_core.errors import DataError


def test_a_box_a_polygon_and_runs_of_the_same_rectangle_are_the_same_mask():
    picture = np.full((6, 8), 255, np.uint8)
    picture[2:5, 3:7] = 0
    runs = [0]
    for pixel in (picture == 0).ravel(order="F").astype(int):
        if pixel == (len(runs) - 1) % 2:
            runs[-1] += 1
        else:
            runs.append(1)
    forms = [[[3, 2, 7, 2, 7, 5, 3, 5]], {"size": [6, 8], "counts": runs}]
    made = [masks.from_regions([masks.region(form, 8, 6)]) for form in forms]
    made.append(masks.from_boxes([(3, 2, 4, 3)], 8, 6))
    for mask in made:
        np.testing.assert_array_equal(decode(mask, 8, 6), picture)


def test_compressed_counts_are_read_as_text_and_as_bytes():
    whole = masks.region([[0, 0, 4, 0, 4, 4, 0, 4]], 9, 5)
    for counts in (whole["counts"], whole["counts"].decode()):
        again = masks.region({"size": [5, 9], "counts": counts}, 9, 5)
        assert (decode(masks.from_regions([again]), 9, 5) == 0).sum() == 16


def compressed(runs: list[int]) -> str:
    """Write runs as text, as pycocotools' rleToString does, runs of 0 pixels included."""
    text = ""
    for i, run in enumerate(runs):
        value, more = run - (runs[i - 2] if i > 2 else 0), True
        while more:
            digit, value = value & 31, value >> 5
            more = value != (-1 if digit & 16 else 0)
            text += chr(digit + 32 * more + 48)
    return text


def painted(runs: list[int], width: int, height: int) -> np.ndarray:
    inside = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return inside.reshape(width, height).T


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), max_size=12), min_size=1, max_size=5), st.booleans())
def test_runs_in_every_form_add_up_to_what_they_paint(regions, as_text):
    """Runs of 0 pixels are allowed, and pycocotools merges them without an end, or wrongly."""
    width, height, made = 12, 9, []
    pictures = np.zeros((height, width), bool)
    for runs in regions:
        runs.append(width * height - sum(runs))
        pictures |= painted(runs, width, height)
        counts = compressed(runs) if as_text else runs
        made.append(masks.region({"size": [height, width], "counts": counts}, width, height))
    mask = masks.from_regions(made)
    assert (mask is None) == (not pictures.any())
    np.testing.assert_array_equal(decode(mask, width, height) == 0, pictures)


def test_empty_crowds_beside_another_region_end():
    empty = masks.region({"size": [6, 8], "counts": [0, 0, 48]}, 8, 6)
    corner = masks.region([[0, 0, 2, 0, 2, 2, 0, 2]], 8, 6)
    mask = masks.from_regions([empty, empty, corner])
    assert (decode(mask, 8, 6) == 0).sum() == 4


def test_no_mask_where_everything_counts():
    assert masks.from_regions([]) is None
    assert masks.from_boxes([(2, 2, 0, 5), (-9, -9, 5, 5)], 8, 8) is None
    assert (decode(None, 8, 4) == np.full((4, 8), 255)).all()


def test_regions_add_up_and_are_cut_to_the_image():
    mask = decode(masks.from_boxes([(-2, -2, 4, 4), (6, 2, 10, 10)], 8, 4), 8, 4)
    expected = np.full((4, 8), 255, np.uint8)
    expected[:2, :2] = expected[2:, 6:] = 0
    np.testing.assert_array_equal(mask, expected)


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_encode_then_decode_gives_the_picture(width, height, seed):
    counts = np.random.default_rng(seed).integers(0, 2, (height, width))
    np.testing.assert_array_equal(decode(encode(counts), width, height), np.where(counts, 255, 0))


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [],
        "runs",
        [[1, 2, 3, 4]],
        [[1, 2, 3, 4, 5, 6, 7]],
        [[1, 2, float("nan"), 4, 5, 6]],
        [["a", "b", "c", "d", "e", "f"]],
        {"size": [6, 8]},
        {"size": [8, 6], "counts": [48]},
        {"size": [6, 8], "counts": [47]},
        {"size": [6, 8], "counts": [-1, 49]},
        {"size": [6, 8], "counts": "Q" * 500},
        {"size": [6, 8], "counts": "é"},
    ],
)
def test_malformed_segmentations_are_refused(bad):
    with pytest.raises(DataError):
        masks.region(bad, 8, 6)


def test_a_mask_of_another_size_is_refused():
    mask = encode(np.ones((4, 8)))
    for bad in (mask, b"", b"no picture"):
        with pytest.raises(DataError, match="8x8"):
            decode(bad, 8, 8)
