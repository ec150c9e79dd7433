"""Targets: which cell has whose part, where in it, how large, and which edges count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core.errors import ConfigError, InputError
from hyperpose_core.skeletons import Skeleton
from hyperpose_poseproposal.preprocess import Preprocessor
from hyperpose_poseproposal.skeletons import COCO, INSTANCE

TWO = Skeleton(name="two", keypoints=("a", INSTANCE, "b"), limbs=((1, 0), (0, 2)))
SIZE = (128, 96)


def encode(
    people: Any, boxes: Any = None, mask: Any = None, size: tuple[int, int] = SIZE, **options: Any
) -> dict[str, np.ndarray]:
    people = np.asarray(people, np.float32).reshape(-1, 3, 3)
    boxes = np.zeros((len(people), 4)) if boxes is None else boxes
    mask = np.ones((size[1], size[0], 1)) if mask is None else mask
    encoder = Preprocessor(skeleton=TWO, input_size=size, stride=32, options=options)
    tensors = (tf.constant(np.asarray(t, np.float32)) for t in (people, boxes, mask))
    return {name: value.numpy() for name, value in encoder.encode(*tensors).items()}


def test_a_part_is_where_it_is_and_x_is_not_y() -> None:
    """The centre of pixel 70 is 70.5 pixels from the border: 0.203 into the third cell."""
    targets = encode([[(70, 10, 2), (0, 0, 0), (0, 0, 0)]], [(60, 4, 24, 48)])
    assert np.argwhere(targets["tc"][..., 0]).tolist() == [[0, 2]]
    found = [targets[name][0, 2, 0] for name in ("tx", "ty", "tw", "th")]
    np.testing.assert_allclose(found, [6.5 / 32, 10.5 / 32, 6 / 128, 6 / 96], rtol=1e-6)
    assert np.argwhere(targets["tc"][..., 1]).tolist() == [[0, 2]]
    found = [targets[name][0, 2, 1] for name in ("tx", "ty", "tw", "th")]
    np.testing.assert_allclose(found, [8.5 / 32, 28.5 / 32, 24 / 128, 48 / 96], rtol=1e-6)
    assert targets["tc"].sum() == 2


def test_where_nothing_is_everything_is_0() -> None:
    targets = encode([[(70, 10, 2), (0, 0, 0), (20, 80, 1)]], [(10, 5, 70, 80)])
    empty = targets["tc"] == 0
    assert targets["tc"].sum() == 3
    assert all((targets[name][empty] == 0).all() for name in ("tx", "ty", "tw", "th"))


def test_absent_parts_may_hold_anything() -> None:
    targets = encode([[(np.nan, np.inf, 0), (np.nan, np.nan, 0), (20, 20, 2)]])
    assert all(np.isfinite(value).all() for value in targets.values())
    outside = encode([[(128, 20, 2), (-40, 0, 0), (20, 20, 2)]])
    assert outside["tc"][..., 0].sum() == 0
    assert outside["tc"][..., 2].sum() == 1


def test_an_instance_needs_a_part_that_is_seen_and_a_middle_inside() -> None:
    assert encode([[(0, 0, 0)] * 3], [(10, 10, 30, 30)])["tc"].sum() == 0
    assert encode([[(20, 20, 2), (0, 0, 0), (0, 0, 0)]], [(-90, 0, 120, 90)])["tc"].sum() == 1


def test_a_box_without_an_area_is_taken_from_the_keypoints() -> None:
    people = [[(20, 20, 2), (0, 0, 0), (60, 80, 2)]]
    given, missing = encode(people, [(20, 20, 40, 60)]), encode(people)
    assert all((given[name] == missing[name]).all() for name in given)


@pytest.mark.parametrize("turned", [False, True])
def test_the_larger_person_gets_the_cell(turned: bool) -> None:
    small, large = [(10, 12, 2), (0, 0, 0), (4, 90, 2)], [(20, 22, 2), (0, 0, 0), (90, 90, 2)]
    boxes = [(0, 0, 20, 90), (0, 0, 100, 90)]
    people = [small, large]
    if turned:
        people, boxes = people[::-1], boxes[::-1]
    targets = encode(people, boxes)
    assert targets["tx"][0, 0, 0] == pytest.approx(20.5 / 32)
    # The small person's a has lost its cell: no edge leads to its b.
    assert targets["te"].sum() == 2
    assert targets["tc"].sum() == 5


def test_of_equally_large_people_the_first_gets_the_cell() -> None:
    people = [[(x, 12, 2), (0, 0, 0), (0, 0, 0)] for x in (3, 5, 9)]
    assert encode(people, [(0, 0, 50, 50)] * 3)["tx"][0, 0, 0] == pytest.approx(3.5 / 32)


def test_nobody() -> None:
    targets = encode(np.zeros((0, 3, 3)))
    assert targets["te"].shape == (3, 4, 162)
    assert all(targets[name].sum() == 0 for name in targets if name != "mask")
    assert (targets["mask"] == 1).all()


def test_edges_lead_from_the_limbs_first_end_to_its_second() -> None:
    """Two people side by side; limb 1 is a to b."""
    people = [[(40, 50, 2), (0, 0, 0), (70, 10, 2)], [(100, 50, 2), (0, 0, 0), (10, 90, 2)]]
    targets = encode(people, [(30, 5, 50, 50), (0, 40, 110, 55)])
    edges = targets["te"].reshape(3, 4, 9, 9, 2)[..., 1]
    weights = targets["te_mask"].reshape(3, 4, 9, 9, 2)[..., 1]
    # a in row 1, column 1 and b in row 0, column 2: one up, one right of the window's middle.
    assert np.argwhere(edges).tolist() == [[1, 1, 3, 5], [1, 3, 5, 1]]
    assert weights[1, 1, 5, 3] == 1, "to the other person's b: it counts as no edge"
    assert weights[0, 0].sum() == 2, "from nobody's a to the two b"
    assert weights[1, 1].sum() == 12, "from an a to every cell of the map"


def test_edges_that_are_not_there_can_weigh_less() -> None:
    person = [[(40, 50, 2), (0, 0, 0), (70, 10, 2)]]
    full, less = encode(person), encode(person, negative_edges=0.25)
    assert (full["te"] == less["te"]).all()
    assert (less["te_mask"] == np.where(full["te"] == 1, 1, 0.25 * full["te_mask"])).all()


def test_the_mask_is_the_mean_of_each_cell() -> None:
    mask = np.ones((96, 128, 1))
    mask[:32, :16] = 0
    targets = encode(np.zeros((0, 3, 3)), mask=mask)
    assert targets["mask"][0, 0, 0] == 0.5
    assert targets["mask"].sum() == 11.5


def test_sizes_do_not_exceed_the_image() -> None:
    targets = encode([[(40, 50, 2), (0, 0, 0), (70, 10, 2)]], [(-200, -200, 500, 500)])
    assert targets["tw"][..., 1].max() == 1
    assert targets["tw"][..., 0].max() == pytest.approx(500 / 8 / 128)


def test_a_batch_can_be_made_inside_tf_data() -> None:
    encoder = Preprocessor(skeleton=COCO, input_size=(96, 64), stride=32, options={})
    people = tf.random.stateless_uniform((5, 18, 3), (0, 1), 1, 63)

    def example(count: tf.Tensor) -> dict[str, tf.Tensor]:
        return dict(encoder.encode(people[:count], tf.zeros((count, 4)), tf.ones((64, 96, 1))))

    example = tf.autograph.experimental.do_not_convert(example)
    batches = tf.data.Dataset.range(5).map(example).batch(5)
    shapes = {name: tuple(spec.shape) for name, spec in batches.element_spec.items()}
    assert shapes["tc"] == shapes["th"] == (None, 2, 3, 18)
    assert shapes["te"] == shapes["te_mask"] == (None, 2, 3, 81 * 17)
    [batch] = batches
    assert batch["tc"].shape == (5, 2, 3, 18)
    assert [float(tf.reduce_sum(tc)) > 0 for tc in batch["tc"]] == [False, True, True, True, True]


def test_bad_settings_are_told() -> None:
    with pytest.raises(InputError, match="multiples of 32"):
        encode([], size=(100, 96))
    for options, message in (
        ({"windows": 9}, "did you mean 'window'"),
        ({"window": 9}, "two whole numbers"),
        ({"window": [8, 9]}, "odd numbers"),
        ({"part_size": 0}, "above 0"),
        ({"threshold": "low"}, "must be a number"),
        ({"min_parts": 1.5}, "a whole number"),
    ):
        with pytest.raises(ConfigError, match=message):
            encode([], **options)
