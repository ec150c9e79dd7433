"""What is encoded comes back when it is decoded: random people, skeletons and sizes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperpose_core.skeletons import Skeleton
from hyperpose_openpose.postprocess import Postprocessor
from hyperpose_openpose.preprocess import Preprocessor
from hyperpose_openpose.skeletons import COCO, MPII

STRIDE = 8
NEAREST = 2.5 * STRIDE
"""Keypoints of one kind are never nearer, in pixels: below about two cells Gaussians merge."""


def random_tree(rng: np.random.Generator) -> Skeleton:
    count = int(rng.integers(3, 20))
    limbs = []
    for i in range(1, count):
        limb = (int(rng.integers(0, i)), i)
        limbs.append(limb if rng.random() < 0.5 else limb[::-1])
    return Skeleton(
        name="random", keypoints=tuple(f"p{i}" for i in range(count)), limbs=tuple(limbs)
    )


class Crowd:
    """People who could be told apart from perfect maps, though they may be all over one another.

    Keypoints of one kind keep their distance. Limbs of one kind may cross at an angle, two at a
    place and not at their ends, as long as most of each is its own; side by side, their fields
    leave a gap.
    """

    def __init__(self, skeleton: Skeleton) -> None:
        self.limbs = np.array(skeleton.limbs).T
        self.people = np.zeros((0, len(skeleton), 3))
        self.crossed = np.zeros((0, len(skeleton.limbs), 12))

    def add(self, person: np.ndarray) -> bool:
        """Add a person, or return False."""
        apart = np.linalg.norm(person[:, :2] - self.people[..., :2], axis=-1) >= NEAREST
        points, step = self._along(self.people)
        own, own_step = self._along(person[None])
        away = np.linalg.norm(points[..., :, None, :] - own[..., None, :, :], axis=-1)
        lengths = np.linalg.norm(step, axis=-1) * np.linalg.norm(own_step, axis=-1)
        parallel = np.abs((step * own_step).sum(-1)) > 0.7 * lengths
        beside = parallel & (away.min(axis=(-1, -2)) < 2.2 * STRIDE)
        near = away < 2 * STRIDE
        crossed = np.concatenate([self.crossed + near.any(-1), near.any(-2).sum(0)[None]])
        bad = crossed.max() > 1 or crossed[..., [0, -1]].any() or crossed.mean(-1).max() > 0.3
        if not apart.all() or beside.any() or bad:
            return False
        self.people, self.crossed = np.concatenate([self.people, person[None]]), crossed
        return True

    def _along(self, people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        start, end = people[:, self.limbs[0], None, :2], people[:, self.limbs[1], None, :2]
        return start + np.linspace(0, 1, 12)[:, None] * (end - start), (end - start)[..., 0, :]


def random_person(
    rng: np.random.Generator, skeleton: Skeleton, size: tuple[int, int], extent: float
) -> np.ndarray:
    """Walk along the limbs from a random place; every limb is at least a cell long."""
    reach = np.clip(extent * np.asarray(size, float), 3 * STRIDE, None)
    low = rng.uniform(-0.4, np.maximum(np.asarray(size) - 0.6 - reach, -0.3))
    high = np.minimum(low + reach, np.asarray(size) - 0.6)
    points = np.full((len(skeleton), 2), np.nan)
    points[skeleton.limbs[0][0]] = rng.uniform(low, high)
    for a, b in itertools.chain(skeleton.limbs, skeleton.limbs):
        known, new = (a, b) if not np.isnan(points[a, 0]) else (b, a)
        if np.isnan(points[known, 0]) or not np.isnan(points[new, 0]):
            continue
        for _ in range(50):
            points[new] = rng.uniform(low, high)
            if np.linalg.norm(points[new] - points[known]) >= STRIDE:
                break
    return np.concatenate([points, np.full((len(skeleton), 1), 2.0)], axis=-1)


def crowd(
    rng: np.random.Generator, skeleton: Skeleton, size: tuple[int, int], count: int
) -> np.ndarray:
    """Place people anywhere, smaller ones where there is no room."""
    placed, extent = Crowd(skeleton), float(rng.uniform(0.2, 0.9))
    while len(placed.people) < count:
        if not any(placed.add(random_person(rng, skeleton, size, extent)) for _ in range(40)):
            extent *= 0.8
        if extent < 0.02:
            placed, extent = Crowd(skeleton), 0.15
    return placed.people.astype(np.float32)


def decode_encoded(
    skeleton: Skeleton, size: tuple[int, int], people: np.ndarray, **options: float
) -> np.ndarray:
    pre = Preprocessor(skeleton=skeleton, input_size=size, stride=STRIDE, options=options)
    boxes = np.zeros((len(people), 4), np.float32)
    mask = np.ones((size[1], size[0], 1), np.float32)
    targets = pre.encode(people, boxes, mask)
    post = Postprocessor(skeleton=skeleton, stride=STRIDE, options=options)
    humans = post((targets["gt_conf"].numpy(), targets["gt_paf"].numpy()))
    return np.array([h.keypoints for h in humans]).reshape(-1, len(skeleton), 3)


def assert_same_people(found: np.ndarray, people: np.ndarray) -> None:
    assert len(found) == len(people)
    present = people[..., 2] > 0
    for person, there in zip(people, present, strict=True):
        away = [
            np.abs(f[there, :2] - person[there, :2]).max()
            if (f[there, 2] > 0).all() and (f[~there, 2] == 0).all()
            else np.inf
            for f in found
        ]
        assert min(away) < 1.0, f"nearest person is {min(away):.2f} pixels away"


sizes = st.tuples(st.integers(12, 46), st.integers(12, 46)).map(lambda s: (8 * s[0], 8 * s[1]))
kinds = st.sampled_from(["coco", "mpii", "random"])


@pytest.mark.parametrize(("count", "examples"), [(1, 20), (5, 15), (20, 6)])
def test_people_come_back_within_a_pixel(count: int, examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(seed=st.integers(0, 2**32 - 1), size=sizes, kind=kinds)
    def check(seed: int, size: tuple[int, int], kind: str) -> None:
        rng = np.random.default_rng(seed)
        skeleton = {"coco": COCO, "mpii": MPII}.get(kind) or random_tree(rng)
        size = size if count < 20 else (max(size[0], 320), max(size[1], 320))
        people = crowd(rng, skeleton, size, count)
        assert_same_people(decode_encoded(skeleton, size, people), people)

    check()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_missing_keypoints_stay_missing(seed: int) -> None:
    """Whole arms and legs are left out: what is left of each person still hangs together."""
    rng = np.random.default_rng(seed)
    people = crowd(rng, COCO, (368, 368), 3)
    for person in people:
        for chain in ([2, 3, 4, 16], [6, 7], [9, 10], [13], [14, 15, 16, 17]):
            if rng.random() < 0.4:
                person[chain] = [np.nan, np.nan, 0]
    assert_same_people(decode_encoded(COCO, (368, 368), people), people)


def test_keypoints_at_the_borders_and_corners() -> None:
    skeleton = Skeleton(
        name="square", keypoints=("a", "b", "c", "d"), limbs=((0, 1), (1, 2), (2, 3))
    )
    width, height = 96, 64
    corners = [(-0.5, -0.5), (width - 0.5, -0.5), (width - 0.5, height - 0.5), (-0.5, height - 0.5)]
    people = np.array([[(x, y, 1) for x, y in corners]], np.float32)
    assert_same_people(decode_encoded(skeleton, (width, height), people), people)


@pytest.mark.parametrize("offset", [3.5, 7.5, 0.0, 5.25])
def test_a_keypoint_between_cells_counts_once(offset: float) -> None:
    """At 7.5 pixels two or four cells are equally high."""
    skeleton = Skeleton(name="line", keypoints=("a", "b", "c"), limbs=((0, 1), (1, 2)))
    people = np.array([[(16, 16, 2), (40, 24, 2), (64, 56, 2)]], np.float32)
    people[..., :2] += offset
    assert_same_people(decode_encoded(skeleton, (96, 96), people), people)


@pytest.mark.parametrize("upsample", [2, 4])
def test_enlarged_maps_give_the_same_people(upsample: int) -> None:
    """Away from the border, beyond which an enlarged map has nothing to be enlarged from."""
    people = crowd(np.random.default_rng(upsample), COCO, (320, 320), 3)
    people[..., :2] += 24
    assert_same_people(decode_encoded(COCO, (368, 368), people, upsample=upsample), people)


def test_nobody_comes_back_from_nobody() -> None:
    people = np.zeros((0, len(COCO), 3), np.float32)
    assert len(decode_encoded(COCO, (96, 64), people)) == 0


def test_sigma_and_limb_width_are_shared_options() -> None:
    people = crowd(np.random.default_rng(5), COCO, (368, 368), 2)
    assert_same_people(decode_encoded(COCO, (368, 368), people, sigma=1.2, limb_width=1.5), people)
