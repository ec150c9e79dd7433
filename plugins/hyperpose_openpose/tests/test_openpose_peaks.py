"""Peaks of confidence maps: each once, where it is, also on plateaus and at borders."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperpose_openpose.peaks import find_peaks
from hyperpose_openpose.postprocess import Postprocessor
from hyperpose_openpose.skeletons import COCO

SIGMA = 0.875


def gaussian(x: float, y: float, width: int = 12, height: int = 9) -> np.ndarray:
    columns, rows = np.arange(width), np.arange(height)[:, None]
    squares = (columns - x) ** 2 + (rows - y) ** 2
    return np.exp(-squares / (2 * SIGMA**2)).astype(np.float32)[..., None]


@settings(max_examples=60, deadline=None)
@given(x=st.floats(-0.5, 11.5), y=st.floats(-0.5, 8.5), height=st.floats(0.3, 1.0))
def test_a_gaussian_is_found_where_it_is(x: float, y: float, height: float) -> None:
    peaks = find_peaks(gaussian(x, y) * np.float32(height), 0.1, SIGMA)
    assert len(peaks.part) == 1
    assert peaks.x[0] == pytest.approx(x, abs=0.02)
    assert peaks.y[0] == pytest.approx(y, abs=0.02)
    assert peaks.score[0] == pytest.approx(height, rel=0.05)


@pytest.mark.parametrize("shape", ["whole", "square", "u", "ring", "diagonal", "v"])
def test_a_plateau_counts_once(shape: str) -> None:
    """The 2021 library found 243,204 peaks for one person: one a cell of every plateau."""
    maps = np.zeros((10, 12, 1), np.float32)
    if shape == "whole":
        maps[:] = 0.5
    elif shape == "square":
        maps[2:6, 3:7] = 0.5
    elif shape == "u":
        maps[2:8, [3, 8]] = maps[7, 3:9] = 0.5
    elif shape == "ring":
        maps[2:8, 3:9] = 0.5
        maps[4:6, 5:7] = 0.2
    elif shape == "diagonal":
        maps[np.arange(2, 8), np.arange(2, 8)] = 0.5
    else:
        maps[[2, 3, 4, 3, 2], [3, 4, 5, 6, 7]] = 0.5
    peaks = find_peaks(maps, 0.1, SIGMA)
    assert len(peaks.part) == 1
    assert peaks.score[0] == pytest.approx(0.5)
    y, x, _ = np.nonzero(maps == 0.5)
    if shape != "whole":
        assert (peaks.x[0], peaks.y[0]) == pytest.approx((x.mean(), y.mean()), abs=1e-5)


def test_a_plateau_beside_something_higher_is_no_peak() -> None:
    maps = np.zeros((10, 12, 1), np.float32)
    maps[2:8, 2:10] = 0.5
    maps[4, 9] = 0.9
    peaks = find_peaks(maps, 0.1, SIGMA)
    assert len(peaks.part) == 1
    assert np.rint(peaks.x[0]) == 9
    assert np.rint(peaks.y[0]) == 4


def test_the_same_level_in_two_maps_is_two_peaks() -> None:
    maps = np.zeros((10, 12, 2), np.float32)
    maps[2:5, 2:5, 0] = maps[5:8, 6:9, 1] = maps[2:5, 7:10, 0] = 0.5
    assert find_peaks(maps, 0.1, SIGMA).part.tolist() == [0, 0, 1]


def test_neighbours_across_a_corner_are_two() -> None:
    """2.5 cells apart, so that the highest cells of the two touch at a corner."""
    maps = np.maximum(gaussian(3.51, 3.51), gaussian(5.28, 5.28))
    peaks = find_peaks(maps, 0.1, SIGMA)
    assert sorted(peaks.x.tolist()) == pytest.approx([3.51, 5.28], abs=0.125)


def test_the_threshold_is_kept() -> None:
    assert len(find_peaks(gaussian(4, 4) * np.float32(0.09), 0.1, SIGMA).part) == 0
    assert len(find_peaks(gaussian(4, 4) * np.float32(0.11), 0.1, SIGMA).part) == 1


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, -3.0, np.nan, np.inf])
def test_constant_maps_make_nobody(value: float) -> None:
    conf = np.full((46, 46, 19), value, np.float32)
    paf = np.full((46, 46, 38), value, np.float32)
    humans = Postprocessor(skeleton=COCO, stride=8, options={})((conf, paf))
    assert len(humans) <= 1
    assert all(np.isfinite(h.keypoints).all() for h in humans)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), levels=st.sampled_from([2, 4, 16, 1000]))
def test_noise_of_few_levels_has_each_top_once(seed: int, levels: int) -> None:
    """Against a flood fill cell by cell, with corners not counted as joined by a valley."""
    rng = np.random.default_rng(seed)
    maps = (rng.integers(0, levels, (8, 9)) / levels).astype(np.float32)
    assert len(find_peaks(maps[..., None], 0.0, SIGMA).part) == _count_tops(maps)


def _count_tops(level: np.ndarray) -> int:
    tops, seen = 0, set()
    for start in zip(*np.nonzero(level > 0), strict=True):
        if start in seen:
            continue
        area, todo, beaten = {start}, [start], False
        while todo:
            y, x = todo.pop()
            for dy in (-1, 0, 1):
                for dx in (-1, 0, 1):
                    v, u = y + dy, x + dx
                    if not (0 <= v < level.shape[0] and 0 <= u < level.shape[1]):
                        continue
                    beside = max(level[v, x], level[y, u])
                    ridge = dy == 0 or dx == 0 or beside >= np.float32(0.6) * level[y, x]
                    beaten |= bool(level[v, u] > level[y, x]) and ridge
                    if level[v, u] == level[y, x] and (v, u) not in area:
                        area.add((v, u))
                        todo.append((v, u))
        seen |= area
        tops += not beaten
    return tops
