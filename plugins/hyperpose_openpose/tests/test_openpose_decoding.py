"""The decoder against the same rules written plainly: every pair, point by point, dict by dict."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hyperpose_core.data.humans import Human
from hyperpose_openpose import limbs as module
from hyperpose_openpose.limbs import NEAREST, STRONG, WEAK, Rule, near_pairs
from hyperpose_openpose.peaks import MOST, Peaks, find_peaks
from hyperpose_openpose.postprocess import Postprocessor
from hyperpose_openpose.preprocess import Preprocessor
from hyperpose_openpose.skeletons import COCO

K, LIMBS, SIDE, STRIDE = len(COCO), COCO.limbs, 256, 8
BODY = """.5 .12 .5 .25 .36 .25 .28 .42 .22 .56 .64 .25 .72 .42 .78 .56 .42 .55 .4 .77 .38 .98
.58 .55 .6 .77 .62 .98 .46 .09 .54 .09 .4 .11 .6 .11"""


def drawn(seed: int, count: int, side: int = SIDE, faint: float = 0.0) -> list[np.ndarray]:
    """Return the maps of people anywhere, some keypoints hidden; noise of that height over them."""
    rng = np.random.default_rng(seed)
    body = np.array(BODY.split(), np.float32).reshape(-1, 2)
    people = np.zeros((count, K, 3), np.float32)
    size = rng.uniform(0.1, 0.6, (count, 1, 1)) * side
    people[..., :2] = rng.uniform(0, side, (count, 1, 2)) + (body - 0.5) * size
    people[..., 2] = np.where(rng.random((count, K)) < 0.8, 2, 0)
    pre = Preprocessor(skeleton=COCO, input_size=(side, side), stride=STRIDE, options={})
    targets = pre.encode(tf.constant(people), tf.zeros((count, 4)), tf.ones((side, side, 1)))
    maps = [targets[name].numpy() for name in ("gt_conf", "gt_paf")]
    return [m + faint * rng.standard_normal(m.shape).astype(np.float32) for m in maps]


def noise(seed: int, side: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    conf = rng.uniform(0, 1, (side, side, K + 1))
    paf = rng.uniform(-1, 1, (side, side, 2 * len(LIMBS)))
    return [conf.astype(np.float32), paf.astype(np.float32)]


def decode(maps: list[np.ndarray]) -> list[Human]:
    return Postprocessor(skeleton=COCO, stride=STRIDE, options={})(maps)


@settings(max_examples=3, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 4), faint=st.sampled_from([0, 0.02]))
def test_drawn_people_are_those_of_the_plain_decoder(seed: int, count: int, faint: float) -> None:
    maps = drawn(seed, count, faint=faint)
    assert_same(decode(maps), plain(*maps))


@settings(max_examples=3, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(seed=st.integers(0, 2**32 - 1), side=st.integers(1, 6))
def test_noise_is_that_of_the_plain_decoder(seed: int, side: int) -> None:
    maps = noise(seed, side)
    assert_same(decode(maps), plain(*maps))


@pytest.mark.parametrize("block", [1, 50])
def test_in_how_many_blocks_pairs_are_looked_at_changes_nothing(monkeypatch, block: int) -> None:
    maps = noise(3, 9)
    expected = decode(maps)
    monkeypatch.setattr(module, "_BLOCK", block)
    assert len(expected) > 5
    for one, other in zip(decode(maps), expected, strict=True):
        np.testing.assert_array_equal(one.keypoints, other.keypoints)


def test_values_that_are_no_numbers_cost_only_those_who_are_there() -> None:
    people = np.zeros((2, K, 3), np.float32)
    body = np.array(BODY.split(), np.float32).reshape(-1, 2)
    people[0, :, :2], people[1, :, :2] = body * 110, body * 110 + 128
    people[..., 2] = 2
    pre = Preprocessor(skeleton=COCO, input_size=(SIDE, SIDE), stride=STRIDE, options={})
    targets = pre.encode(tf.constant(people), tf.zeros((2, 4)), tf.ones((SIDE, SIDE, 1)))
    conf, paf = (targets[name].numpy() for name in ("gt_conf", "gt_paf"))
    conf[:14], paf[:14] = np.nan, np.inf
    (human,) = decode([conf, paf])
    np.testing.assert_allclose(human.keypoints[:, :2], people[1, :, :2], atol=1)


def test_a_crowd_of_two_hundred_is_found() -> None:
    """Before only the nearest peaks were looked at, 214 were found here, in ten times the time."""
    rng = np.random.default_rng(200)
    corner = np.stack(np.divmod(np.arange(200), 15), -1)[:, np.newaxis, ::-1]
    body = np.array(BODY.split(), np.float32).reshape(-1, 2)
    people = np.full((200, K, 3), 2, np.float32)
    people[..., :2] = 736 / 15 * (corner + body * rng.uniform(0.85, 0.95, (200, 1, 1)))
    pre = Preprocessor(skeleton=COCO, input_size=(736, 736), stride=STRIDE, options={})
    targets = pre.encode(tf.constant(people), tf.zeros((200, 4)), tf.ones((736, 736, 1)))
    humans = decode([targets[name].numpy() for name in ("gt_conf", "gt_paf")])
    found = np.stack([human.keypoints[:, :2] for human in humans])
    away = np.abs(found[:, np.newaxis] - people[..., :2]).max(axis=(2, 3))
    assert sorted(away.argmin(axis=1)) == list(range(200))
    assert away.min(axis=1).max() < 2


def test_of_each_start_the_nearest_ends_are_looked_at() -> None:
    rng = np.random.default_rng(0)
    counts = np.where(np.arange(K) % 2, 3 * NEAREST, 5)
    part = np.repeat(np.arange(K), counts)
    x, y = rng.uniform(0, 40, (2, len(part))).astype(np.float32)
    peaks = Peaks(part, x, y, np.ones_like(x))
    chosen = np.arange(0, len(part), 2)
    found = {
        (int(limb), int(start), int(end))
        for pairs in near_pairs(peaks, chosen, LIMBS, K, NEAREST)
        for limb, start, end in zip(pairs.limb, pairs.start, pairs.end, strict=True)
    }
    expected = set()
    for limb, (first, second) in enumerate(LIMBS):
        ends = chosen[part[chosen] == second]
        for start in chosen[part[chosen] == first]:
            away = np.hypot(x[ends] - x[start], y[ends] - y[start])
            nearest = ends[np.argsort(away)[:NEAREST]]
            expected |= {(limb, int(start), int(end)) for end in nearest}
    assert found == expected


def test_of_each_map_the_highest_peaks_are_kept() -> None:
    maps = np.zeros((150, 150, 2), np.float32)
    heights = np.random.default_rng(0).permutation(2500).reshape(50, 50) / 2500 + 0.1
    maps[1::3, 1::3, 0] = heights
    maps[50, 50, 1] = 0.2
    peaks = find_peaks(maps, 0.05, 0.875)
    assert peaks.part.tolist() == [0] * MOST + [1]
    expected = np.sort(heights.ravel())[-MOST:]
    cells = maps[np.rint(peaks.y[:-1]).astype(int), np.rint(peaks.x[:-1]).astype(int), 0]
    np.testing.assert_allclose(np.sort(cells), expected)


def assert_same(humans: list[Human], people: list[np.ndarray]) -> None:
    """Compare without their order: that of equal scores is nobody's business."""
    found = np.array([human.keypoints for human in humans]).reshape(-1, K * 3)
    expected = np.array(people).reshape(-1, K * 3)
    assert len(found) == len(expected)
    found, expected = (a[np.lexsort(np.rint(a.T * 8))] for a in (found, expected))
    np.testing.assert_allclose(found, expected, atol=2e-3)


def plain(conf: np.ndarray, paf: np.ndarray) -> list[np.ndarray]:
    """Decode by the same rules from the same peaks: `[K, 3]` for each person."""
    peaks = find_peaks(conf[..., :K], 0.05, 0.875)
    sure = [pair for pair in pairs(peaks) if (peaks.score[list(pair[1:])] > 0.15).all()]
    people = joined(scored(paf, peaks, sure, STRONG), peaks)
    for _ in range(2):
        completed(people, paf, peaks)
    return [keypoints(person, peaks) for person in people if len(person) >= 3]


def pairs(peaks: Peaks) -> Iterator[tuple[int, int, int]]:
    for limb, (first, second) in enumerate(LIMBS):
        for start in np.flatnonzero(peaks.part == first):
            for end in np.flatnonzero(peaks.part == second):
                yield limb, int(start), int(end)


def scored(
    paf: np.ndarray, peaks: Peaks, pairs: list[tuple[int, int, int]], rule: Rule
) -> list[tuple[float, int, int, int]]:
    kept = []
    for limb, start, end in pairs:
        a, b = (np.array([peaks.x[i], peaks.y[i]], float) for i in (start, end))
        towards = (b - a) / max(float(np.hypot(*(b - a))), 1e-6)
        field = paf[..., 2 * limb : 2 * limb + 2]
        near = [cell(field, np.rint(a + t * (b - a))) @ towards for t in (0.35, 0.5, 0.65)]
        along = [between(field, a + t / 9 * (b - a)) @ towards for t in range(10)]
        count = sum(value > rule.point_score for value in along)
        if max(near) > rule.middle and count >= 10 * rule.points and np.mean(along) > 0:
            kept.append((float(np.mean(along)), limb, start, end))
    return kept


def cell(field: np.ndarray, point: np.ndarray) -> np.ndarray:
    height, width, _ = field.shape
    x, y = np.clip(point, 0, (width - 1, height - 1)).astype(int)
    return field[y, x]


def between(field: np.ndarray, point: np.ndarray) -> np.ndarray:
    height, width, _ = field.shape
    point = np.clip(point, 0, (width - 1, height - 1))
    low = np.floor(point)
    right, below = point - low
    (a, b), (c, d) = ([cell(field, low + np.array((i, j))) for i in (0, 1)] for j in (0, 1))
    upper, lower = a * (1 - right) + b * right, c * (1 - right) + d * right
    return upper * (1 - below) + lower * below


def joined(limbs: list[tuple[float, int, int, int]], peaks: Peaks) -> list[dict[int, int]]:
    people: list[dict[int, int]] = []
    for _, limb, start, end in sorted(limbs, key=lambda found: (found[1], -found[0])):
        new = dict(zip(LIMBS[limb], (start, end), strict=True))
        touched = [p for p in people if start in p.values() or end in p.values()]
        union: dict[int, set[int]] = {}
        for person in [*touched, new]:
            for part, peak in person.items():
                union.setdefault(part, set()).add(peak)
        if all(len(peaks) == 1 for peaks in union.values()):
            people = [p for p in people if p not in touched]
            people.append({part: peaks.pop() for part, peaks in union.items()})
    return people


def completed(people: list[dict[int, int]], paf: np.ndarray, peaks: Peaks) -> None:
    owner = {peak: person for person in people for peak in person.values()}
    candidates = []
    for limb, start, end in pairs(peaks):
        if (start in owner) == (end in owner):
            continue
        known, found = (start, end) if start in owner else (end, start)
        person = owner[known]
        own = list(person.values())
        extent = max(np.ptp(peaks.x[own]), np.ptp(peaks.y[own]))
        length = np.hypot(peaks.x[end] - peaks.x[start], peaks.y[end] - peaks.y[start])
        if int(peaks.part[found]) not in person and length <= extent:
            candidates.append((limb, start, end))
    ranked = [
        (float(score * np.sqrt(peaks.score[start] * peaks.score[end])), start, end)
        for score, _, start, end in scored(paf, peaks, candidates, WEAK)
    ]
    for _, start, end in sorted(ranked, key=lambda found: -found[0]):
        if (start in owner) != (end in owner):
            known, found = (start, end) if start in owner else (end, start)
            if int(peaks.part[found]) not in owner[known]:
                owner[known][int(peaks.part[found])] = found
                owner[found] = owner[known]


def keypoints(person: dict[int, int], peaks: Peaks) -> np.ndarray:
    points = np.zeros((K, 3))
    for part, peak in person.items():
        x, y = (v[peak] * STRIDE + (STRIDE - 1) / 2 for v in (peaks.x, peaks.y))
        points[part] = x, y, min(peaks.score[peak], 1)
    return points
