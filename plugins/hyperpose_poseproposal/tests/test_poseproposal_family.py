"""The plugin's description, its skeletons, how parts are matched, and the family's pictures."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from hyperpose_coco.skeleton import COCO as COCO_DATA
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton
from hyperpose_poseproposal import plugin
from hyperpose_poseproposal.assemble import best_first, outwards
from hyperpose_poseproposal.detect import MOST, detect, overlaps, suppress
from hyperpose_poseproposal.postprocess import Postprocessor
from hyperpose_poseproposal.skeletons import COCO, INSTANCE, MPII
from hyperpose_poseproposal.visualize import visualize

PAIR = Skeleton(name="pair", keypoints=("a", INSTANCE, "b"), limbs=((1, 0), (0, 2)))


def empty(skeleton: Skeleton = PAIR, rows: int = 6, columns: int = 8) -> list[np.ndarray]:
    """Maps of nothing: every box would be a cell large, in the middle of its cell."""
    kinds = len(skeleton)
    maps = [np.zeros((rows, columns, kinds), np.float32) for _ in range(6)]
    maps[2][:], maps[3][:], maps[4][:], maps[5][:] = 0.5, 0.5, 1 / columns, 1 / rows
    return [*maps, np.zeros((rows, columns, 81 * len(skeleton.limbs)), np.float32)]


def put(maps: list[np.ndarray], part: int, row: int, column: int, score: float) -> None:
    maps[0][row, column, part], maps[1][row, column, part] = score, 1.0


def join(
    maps: list[np.ndarray], limb: int, start: tuple[int, int], end: tuple[int, int], edge: float
) -> None:
    edges = maps[6].reshape(*maps[6].shape[:2], 9, 9, 2)
    edges[(*start, end[0] - start[0] + 4, end[1] - start[1] + 4, limb)] = edge


def test_describing_the_plugin_imports_nothing_heavy() -> None:
    code = (
        "import sys; from hyperpose_poseproposal import plugin, skeletons; "
        "list(plugin.hyperpose_register_models()); "
        "print([m for m in ('tensorflow', 'tensorlayer', 'cv2', 'matplotlib', 'pycocotools') "
        "if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_every_target_loads() -> None:
    hooks = [getattr(plugin, name) for name in dir(plugin) if name.startswith("hyperpose_register")]
    specs = [spec for hook in hooks for spec in hook()]
    kinds = {spec.kind for spec in specs}
    assert kinds == {"model", "preprocessor", "postprocessor", "visualizer"}
    assert all(callable(spec.load()) for spec in specs)


def test_limbs_lead_from_the_instance_to_every_part() -> None:
    assert (len(COCO), len(COCO.limbs), len(MPII), len(MPII.limbs)) == (18, 17, 16, 15)
    assert [COCO.keypoints[i] for i in COCO.limbs[0]] == [INSTANCE, "right_hip"]
    assert set(COCO.keypoints) - {INSTANCE} == set(COCO_DATA.keypoints)
    for skeleton in (COCO, MPII):
        reached = {skeleton.index(INSTANCE)}
        for start, end in skeleton.limbs:
            assert start in reached
            assert end not in reached
            reached.add(end)
        assert len(reached) == len(skeleton)
        steps = outwards(skeleton)
        assert [step[:3] for step in steps if not step[3]] == steps_of(skeleton)


def steps_of(skeleton: Skeleton) -> list[tuple[int, int, int]]:
    """Return the limbs by their distance from the instance."""
    depth = {skeleton.index(INSTANCE): 0}
    for start, end in skeleton.limbs:
        depth[end] = depth[start] + 1
    order: list[tuple[int, int, int]] = []
    ring = [skeleton.index(INSTANCE)]
    while ring:
        part = ring.pop(0)
        for number, (start, end) in enumerate(skeleton.limbs):
            if start == part:
                order.append((number, start, end))
                ring.append(end)
    return order


def test_of_overlapping_boxes_the_surest_is_kept() -> None:
    boxes = np.array([(0, 0, 2, 2), (0.5, 0, 2, 2), (1.4, 0, 2, 2), (9, 9, 2, 2), (0, 0, 2, 2)])
    assert overlaps(boxes)[0, 1] == pytest.approx(1.5 / 2.5)
    # The third overlaps the second, which the first removes: it stays.
    boxes = np.stack([boxes, boxes[::-1]]).astype(np.float32)
    there = np.array([[True] * 5, [False] + [True] * 4])
    kept = [[True, False, True, True, False], [False, True, True, False, True]]
    assert suppress(boxes, there, 0.3).tolist() == kept
    assert suppress(boxes[:, :0], there[:, :0], 0.3).tolist() == [[], []]


def test_parts_of_different_kinds_do_not_remove_each_other() -> None:
    maps = empty()
    for part, score in ((0, 0.9), (1, 0.8), (2, 0.4)):
        put(maps, part, 2, 3, score)
    put(maps, 2, 5, 7, 0.1)
    found = detect(maps[:6], threshold=0.15, nms_threshold=0.3)
    assert found.part.tolist() == [0, 1, 2]
    assert found.score == pytest.approx([0.9, 0.8, 0.4])
    np.testing.assert_allclose(found.box, [[3.5, 2.5, 1, 1]] * 3)


def test_best_pairs_are_taken_first() -> None:
    match = np.array([0.9, 0.8, 0.85, 0.1, 0.0], np.float32)
    step, inner, outer = np.array([(2, 0, 5), (2, 0, 6), (2, 1, 5), (2, 1, 6), (2, 3, 7)]).T
    assert best_first(match, step, inner, outer) == [0, 3]
    # Of another limb, the second takes nothing from the others.
    assert best_first(match, np.array([2, 3, 2, 2, 2]), inner, outer) == [0, 1, 3]


def test_an_edge_counts_by_the_sureness_of_the_way_to_it() -> None:
    """Two people want one b: the nearer edge is the unsure person's."""
    maps = empty()
    for column, score in ((1, 0.9), (6, 0.3)):
        put(maps, 1, 1, column, score)
        put(maps, 0, 3, column, 0.8)
        join(maps, 0, (1, column), (3, column), 1.0)
        join(maps, 1, (3, column), (5, 4), 0.6 if column == 1 else 0.9)
    put(maps, 2, 5, 4, 0.7)
    humans = Postprocessor(skeleton=PAIR, stride=32, options={"min_parts": 2})(maps)
    assert [human.found.tolist() for human in humans] == [[True] * 3, [True, True, False]]
    sure, unsure = humans
    np.testing.assert_allclose(sure.keypoints[2], [4.5 * 32 - 0.5, 5.5 * 32 - 0.5, 0.7], rtol=1e-6)
    assert sure.score == pytest.approx((0.9 + 0.8 + 0.7) / 3)
    assert unsure.score == pytest.approx((0.3 + 0.8) / np.sqrt(2 * 3))


def test_limbs_drawn_the_other_way_round_are_followed_too() -> None:
    turned = Skeleton(name="turned", keypoints=PAIR.keypoints, limbs=((0, 1), (2, 0)))
    maps = empty()
    for part, cell in ((1, (1, 1)), (0, (3, 2)), (2, (4, 5))):
        put(maps, part, *cell, 0.9)
    join(maps, 0, (3, 2), (1, 1), 1.0)
    join(maps, 1, (4, 5), (3, 2), 1.0)
    [human] = Postprocessor(skeleton=turned, stride=32, options={})(maps)
    assert human.found.all()


def test_a_skeleton_without_an_instance_is_assembled_from_its_first_limb() -> None:
    plain = Skeleton(name="plain", keypoints=("x", "y", "z"), limbs=((1, 0), (0, 2)))
    maps = empty()
    for part, cell in ((1, (1, 1)), (0, (3, 2)), (2, (4, 5))):
        put(maps, part, *cell, 0.9)
    join(maps, 0, (1, 1), (3, 2), 1.0)
    join(maps, 1, (3, 2), (4, 5), 1.0)
    [human] = Postprocessor(skeleton=plain, stride=32, options={})(maps)
    assert human.found.all()


def test_people_come_surest_first_and_few_or_poor_ones_are_left_out() -> None:
    rng = np.random.default_rng(0)
    channels = [18] * 6 + [81 * 17]
    maps = [rng.uniform(0, 1, (12, 12, c)).astype(np.float32) for c in channels]
    humans = Postprocessor(skeleton=COCO, stride=32, options={})(maps)
    scores = [human.score for human in humans]
    assert len(humans) > 3
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert all(human.found.sum() >= 3 for human in humans)
    assert all(((h.keypoints[:, 2] >= 0) & (h.keypoints[:, 2] <= 1)).all() for h in humans)
    more = Postprocessor(skeleton=COCO, stride=32, options={"min_parts": 1})(maps)
    none = Postprocessor(skeleton=COCO, stride=32, options={"min_score": 1.1})(maps)
    assert len(more) >= len(humans) > len(none) == 0


def test_a_diverged_network_finds_nobody() -> None:
    maps = [np.full_like(m, np.nan) for m in empty()]
    assert Postprocessor(skeleton=PAIR, stride=32, options={})(maps) == []


def test_a_box_that_is_a_little_larger_than_the_map_is_somebody() -> None:
    """As of a model of one's own, which need not end in a sigmoid."""
    maps = empty()
    put(maps, 1, 2, 2, 0.9)
    maps[4][2, 2, 1] = maps[5][2, 2, 1] = 1.05
    assert detect(maps[:6], 0.1, 0.3).part.tolist() == [1]


@pytest.mark.parametrize("number", range(2, 6))
@pytest.mark.parametrize("value", [-1e18, 1e18, 1e38, -1e-3])
def test_boxes_beyond_the_map_are_left_out(number, value) -> None:
    maps = empty()
    put(maps, 1, 2, 2, 0.9)
    put(maps, 0, 2, 4, 0.9)
    maps[number][2, 2, 1] = value
    if number < 4 and abs(value) < 1:
        maps[number][0, 0, 1], maps[number][2, 2, 1] = value, 0.5
        put(maps, 1, 0, 0, 0.9)
    options = {"min_parts": 1}
    humans = Postprocessor(skeleton=PAIR, stride=32, options=options)(maps)
    found = [h.keypoints[h.found, :2] for h in humans]
    assert all((points >= -0.5).all() and (points < 8 * 32).all() for points in found)
    assert found


def test_of_noise_so_many_boxes_are_looked_at() -> None:
    rows = columns = 30
    maps = empty(PAIR, rows, columns)
    maps[0][..., 0] = np.linspace(0.5, 1, rows * columns).reshape(rows, columns)
    maps[1][..., 0] = 1
    found = detect(maps[:6], 0.1, 0.3)
    assert len(found.part) == MOST < rows * columns
    assert found.score.min() > np.sort(maps[0][..., 0], axis=None)[-MOST - 1]


def test_maps_of_another_skeleton_or_window_are_told() -> None:
    with pytest.raises(ConfigError, match=r"needs six of \[h, w, 16\].*one of \[h, w, 1215\]"):
        Postprocessor(skeleton=MPII, stride=32, options={})(empty())
    with pytest.raises(ConfigError, match="window of 5x7"):
        Postprocessor(skeleton=PAIR, stride=32, options={"window": (5, 7)})(empty())


def test_the_picture_shows_boxes_and_responses() -> None:
    image = np.full((192, 256, 3), 120, np.uint8)
    maps = empty()
    put(maps, 0, 2, 3, 1.0)
    picture = visualize(image, maps, PAIR)
    assert picture.shape == (192, 512, 3)
    assert picture.dtype == np.uint8
    changed = (picture[:, :256] != image).any(-1)
    rows, columns = np.nonzero(changed)
    borders = [rows.min(), rows.max(), columns.min(), columns.max()]
    assert borders == [64, 96, 96, 128]
    assert not changed[80, 112], "a box is an outline"
    red = picture[:, 256:, 0].astype(int) - picture[:, 256:, 2]
    assert red[80, 112] > 50 > 0 > red[10, 10]
