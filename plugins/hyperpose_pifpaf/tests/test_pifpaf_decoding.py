"""Decoding: what is sure enough, whom a limb joins, maps of several views, broken maps."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from test_pifpaf_round_trip import PERSON, STRIDE, assert_same_people, bodies

from hyperpose_core.errors import ConfigError
from hyperpose_core.inference.views import View
from hyperpose_core.skeletons import Skeleton
from hyperpose_pifpaf.associate import Field, Joints, associate
from hyperpose_pifpaf.fields import MAPS
from hyperpose_pifpaf.fine import Grid, Points, accumulate
from hyperpose_pifpaf.grow import grow
from hyperpose_pifpaf.peaks import find_peaks
from hyperpose_pifpaf.postprocess import Postprocessor
from hyperpose_pifpaf.preprocess import Preprocessor
from hyperpose_pifpaf.visualize import visualize

SIZE = (320, 256)
PEOPLE = bodies([(20, 20, 200), (150, 40, 150)])
Maps = list[np.ndarray]


def true_maps(people: np.ndarray = PEOPLE, size: tuple[int, int] = SIZE, **options: float) -> Maps:
    encoder = Preprocessor(skeleton=PERSON, input_size=size, stride=STRIDE, options=options)
    mask, boxes = tf.ones((size[1], size[0], 1)), tf.zeros((len(people), 4))
    targets = encoder.encode(tf.constant(people), boxes, mask)
    return [targets[name].numpy() for name in MAPS]


def decoder(**options: Any) -> Postprocessor:
    return Postprocessor(skeleton=PERSON, stride=STRIDE, options=options)


def test_the_accumulated_map_is_the_sum_of_bells() -> None:
    """Against the sum over all cells of the map, which costs far more."""
    rng = np.random.default_rng(0)
    grid = Grid(2, 6, 8, 3)
    points = Points(
        rng.integers(0, 2, 20).astype(np.intp),
        *(rng.uniform(0, far, 20).astype(np.float32) for far in (7, 5)),
        np.full(20, 1.2, np.float32),
        rng.uniform(0.2, 1, 20).astype(np.float32),
    )
    found = accumulate(grid, points, 16).reshape(grid.shape)
    y, x = ((np.arange(n * 3) + 0.5) / 3 - 0.5 for n in (6, 8))
    wanted = np.zeros(grid.shape)
    for part, at_x, at_y, score in zip(points.part, points.x, points.y, points.score, strict=True):
        squares = (y[:, None] - at_y) ** 2 + (x - at_x) ** 2
        bell = np.exp(-squares / (2 * 0.6**2)) * (squares <= 1.2**2)
        wanted[part] += score * bell / 16
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_scores_are_the_confidence_that_was_accumulated() -> None:
    maps = [m * np.float32(0.5) for m in true_maps()]
    surer, half = decoder()(true_maps()), decoder()(maps)
    assert_same_people(half, PEOPLE)
    for one, other in zip(surer, half, strict=True):
        assert other.score == pytest.approx(one.score / 2, rel=0.01)
        assert 0.7 < one.score <= 1


def test_who_is_not_sure_enough_begins_nobody() -> None:
    maps = [m * np.float32(0.3) for m in true_maps()]
    assert len(decoder()(maps)) == 2
    assert decoder(seed_threshold=0.5)(maps) == []
    assert decoder(min_score=0.5)(maps) == []
    assert decoder(cell_threshold=0.4)(maps) == []


def test_weak_keypoints_join_a_person_and_begin_none() -> None:
    maps = true_maps(PEOPLE[:1])
    wrist = PERSON.index("left_wrist")
    for m in maps[:3]:
        times = m.shape[-1] // len(PERSON)
        m[..., times * wrist : times * (wrist + 1)] *= 0.12
    (human,) = decoder(cell_threshold=0.05)(maps)
    assert human.found.all()
    (human,) = decoder(cell_threshold=0.05, keypoint_threshold=0.13)(maps)
    assert not human.found[wrist]
    weak = [m * np.float32(0.12) for m in maps]
    assert decoder(cell_threshold=0.001)(weak) == []


def test_people_with_few_keypoints_are_left_out() -> None:
    people = PEOPLE.copy()
    people[1, 4:, 2] = 0
    assert len(decoder()(true_maps(people))) == 2
    assert len(decoder(min_parts=5)(true_maps(people))) == 1


def points(parts: list[int], scores: list[float]) -> Points:
    places = np.arange(len(parts), dtype=np.float32)
    return Points(np.array(parts), places, places, places, np.array(scores, np.float32))


def joints(*rows: tuple[int, int, int, float]) -> Joints:
    limb, start, end, strength = zip(*rows, strict=True)
    return Joints(*(np.array(v) for v in (limb, start, end)), np.array(strength, np.float32))


def found_at(*places: tuple[int, float, float]) -> tuple[Grid, Points, np.ndarray]:
    """Return keypoints found where cells point: the keypoint, x and y in cells."""
    part, x, y = (np.array(values) for values in zip(*places, strict=True))
    grid, one = Grid(2, 10, 10, 2), np.ones(len(part), np.float32)
    given = Points(part, x.astype(np.float32), y.astype(np.float32), one * 0.5, one)
    return grid, *find_peaks(grid, given, 4, 0.05)


def test_a_keypoint_is_the_mean_of_the_places_pointed_at() -> None:
    """They lie in four fine cells, nearer ones weigh more; one far away is another keypoint."""
    near = [(0, 3 + x, 4 + y) for x in (-0.2, 0.2) for y in (-0.2, 0.2)]
    _, peaks, _ = found_at(*near, (0, 7.0, 4.0), (1, 3.4, 4.0))
    first = peaks.pick((peaks.part == 0) & (peaks.x < 5))
    assert len(peaks) == 3
    np.testing.assert_allclose([first.x, first.y], [[3], [4]], atol=0.05)
    np.testing.assert_allclose(peaks.x[peaks.part == 1], [3.4], atol=1e-5)


def field_of(*cells: tuple[float, tuple[float, float], tuple[float, float]]) -> Field:
    """Return a field of one limb: of some cells the confidence and both places pointed at."""
    confidence, vectors, scales = (np.zeros((10, 10, c), np.float32) for c in (1, 4, 2))
    for row, (sure, first, second) in enumerate(cells):
        vectors[row, 0] = np.array([*first, *second]) - [0, row, 0, row]
        confidence[row, 0], scales[row, 0] = sure, 1.0
    return Field(confidence, vectors / 10 * confidence, scales / 10 * confidence)


def joined(field: Field, *places: tuple[int, float, float]) -> dict[tuple[float, float], float]:
    """Return the strength of each joint by the x of its ends."""
    grid, peaks, owner = found_at(*places)
    found = associate(field, 0.1, [(0, 1)], grid, peaks, owner)
    ends = zip(peaks.x[found.start].tolist(), peaks.x[found.end].tolist(), strict=True)
    return dict(zip(ends, found.strength.tolist(), strict=True))


def test_a_joint_is_as_strong_as_its_cell_is_sure_and_exact() -> None:
    """The confidence, and exp(-d / r) at both ends; r is twice the scale. The best cell counts."""
    places = (0, 2.0, 2.0), (1, 2.0, 7.0)
    exact = joined(field_of((0.4, (2, 2), (2, 7))), *places)
    assert exact == pytest.approx({(2, 2): 0.4})
    beside = field_of((0.8, (2.5, 2), (2, 8)), (0.3, (2, 2), (2, 7)))
    assert joined(beside, *places) == pytest.approx({(2, 2): 0.8 * np.exp(-0.5 / 2 - 1 / 2)})
    away = field_of((0.8, (6, 2), (2, 7)))
    assert joined(away, *places) == {}


def test_a_joint_is_the_best_of_both_its_ends() -> None:
    """The second's best belongs to the first: it has nobody, not its second best."""
    places = (0, 2.0, 2.0), (0, 7.0, 2.0), (1, 1.0, 7.0), (1, 7.0, 7.0)
    cells = (0.9, (2, 2), (1, 7)), (0.5, (7, 2), (1, 7)), (0.4, (7, 2), (7, 7))
    assert joined(field_of(*cells), *places) == pytest.approx({(2, 1): 0.9})
    assert joined(field_of(*cells[1:]), *places) == pytest.approx({(7, 1): 0.5})
    assert joined(field_of(cells[0], cells[2]), *places) == pytest.approx(
        {(2, 1): 0.9, (7, 7): 0.4}
    )


def test_growing_takes_the_strongest_joint_first() -> None:
    """Two ways lead to the third keypoint, and to different ones of its kind."""
    peaks = points([0, 1, 2, 2], [0.9, 0.8, 0.5, 0.5])
    found = grow(peaks, joints((0, 0, 1, 0.9), (1, 0, 2, 0.3), (2, 1, 3, 0.8)), 0.1)
    assert found == [{0: 0, 1: 1, 2: 3}, {2: 2}]
    found = grow(peaks, joints((0, 0, 1, 0.9), (1, 0, 2, 0.9), (2, 1, 3, 0.3)), 0.1)
    assert found == [{0: 0, 1: 1, 2: 2}, {2: 3}]


def test_what_a_person_has_is_nobody_elses() -> None:
    peaks = points([0, 0, 1], [0.9, 0.8, 0.7])
    assert grow(peaks, joints((0, 0, 2, 0.5), (0, 1, 2, 0.9)), 0.1) == [{0: 0, 1: 2}, {0: 1}]
    assert grow(peaks, joints((0, 0, 2, 0.5)), 0.85) == [{0: 0, 1: 2}]


def test_where_the_field_is_empty_nobody_is_joined() -> None:
    maps = true_maps()
    maps[3][:] = 0
    assert decoder()(maps) == []
    assert len(decoder(min_parts=1)(maps)) == 2 * len(PERSON)


def test_two_people_whose_limbs_cross_keep_their_own() -> None:
    people = bodies([(40, 20, 200), (40, 20, 200)])
    people[1, :, 0] = 260 - people[1, :, 0]  # turned about the middle: left is right
    people[1, :, :2] += (12, 16)
    assert_same_people(decoder()(true_maps(people)), people)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
@pytest.mark.parametrize("which", range(len(MAPS)))
def test_a_diverged_network_stops_nothing(which: int, value: float) -> None:
    """Nor does it fill the screen with warnings."""
    maps = true_maps()
    maps[which][::2] = value
    picture = visualize(np.zeros((*SIZE[::-1], 3), np.uint8), maps, PERSON)
    assert picture.shape == (SIZE[1], 3 * SIZE[0], 3)
    for human in decoder()(maps):
        assert np.isfinite(human.keypoints).all()
        assert np.isfinite(human.score)


def test_maps_of_another_skeleton_are_refused() -> None:
    maps = true_maps()
    with pytest.raises(ConfigError, match=r"pif_vectors \[h, w, 34\]"):
        decoder()([*maps[:1], maps[0], *maps[2:]])
    with pytest.raises(ConfigError, match="do not fit"):
        decoder()(maps[:3])


def mirrored_maps(people: np.ndarray) -> Maps:
    turned = people[:, list(PERSON.flip)].copy()
    turned[..., 0] = SIZE[0] - 1 - turned[..., 0]
    return [np.ascontiguousarray(m[:, ::-1]) for m in true_maps(turned)]


def test_mirrored_maps_are_those_of_the_image() -> None:
    """Where one limb alone has a cell: the two images may settle ties in another way."""
    one = PEOPLE[:1] + np.float32([0.3, 0.3, 0])
    for name, straight, back in zip(
        MAPS, true_maps(one), decoder().mirror(mirrored_maps(one)), strict=True
    ):
        np.testing.assert_allclose(straight, back, atol=1e-5, err_msg=name)


def test_limbs_without_a_mirror_image_cannot_be_mirrored() -> None:
    skeleton = Skeleton("half", ("head", "left_eye", "right_eye"), ((0, 1),))
    maps = [np.zeros((4, 4, c), np.float32) for c in (3, 6, 3, 1, 4, 2)]
    with pytest.raises(ConfigError, match="no limb head - right_eye"):
        Postprocessor(skeleton=skeleton, stride=8, options={}).mirror(maps)


def test_the_mean_of_several_scales_and_the_mirrored_image_gives_the_people() -> None:
    """What the views say is weighed by how sure they are, at the border of what they show too."""
    cells = SIZE[0] // STRIDE, SIZE[1] // STRIDE
    views = [true_maps(), decoder().mirror(mirrored_maps(PEOPLE))]
    first = View.within(SIZE, SIZE, STRIDE, "box", False)
    for times in (1.25, 2):
        size = round(SIZE[0] * times), round(SIZE[1] * times)
        larger = PEOPLE.copy()
        larger[..., :2] = (larger[..., :2] + 0.5) * times - 0.5
        view = View.within(SIZE, size, STRIDE, "box", False)
        # As wide as in the small image; what is sure in one view only is half as sure.
        wide = {"side": round(4 * times), "limb_width": times}
        aligned = [view.resample(m, first, STRIDE, cells) for m in true_maps(larger, size, **wide)]
        assert_same_people(decoder()(aligned), PEOPLE)
        views.append(aligned)
    assert_same_people(
        decoder()([np.mean(same, axis=0) for same in zip(*views, strict=True)]), PEOPLE
    )


def test_lines_lead_from_cells_to_keypoints_and_to_both_ends() -> None:
    """However sure the cell is: vectors are times the confidence."""
    black = np.zeros((*SIZE[::-1], 3), np.uint8)
    half = [m * np.float32(0.5) for m in true_maps(PEOPLE[:1])]
    _, to_keypoints, to_ends = np.split(visualize(black, half, PERSON), 3, axis=1)
    for part, (x, y, _) in enumerate(PEOPLE[0]):
        around = to_keypoints[int(y) - 1 : int(y) + 3, int(x) - 1 : int(x) + 3]
        assert around.any(), PERSON.keypoints[part]
    ends = {tuple(PEOPLE[0, end, :2].astype(int)) for limb in PERSON.limbs for end in limb}
    assert all(to_ends[y - 1 : y + 3, x - 1 : x + 3].any() for x, y in ends)
    whole = visualize(black, true_maps(PEOPLE[:1]), PERSON)
    np.testing.assert_array_equal(np.split(whole, 3, axis=1)[2], to_ends)


def test_noise_costs_seconds_at_most() -> None:
    """A network that has diverged says that everything is everywhere."""
    rng = np.random.default_rng(0)
    maps = [rng.normal(0, 1, m.shape).astype(np.float32) for m in true_maps()]
    start = time.process_time()
    decoder()(maps)
    assert time.process_time() - start < 30
