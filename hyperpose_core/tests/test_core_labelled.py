"""What a dataset annotates, on its way from the dataset to the preprocessor; and the order."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperpose_core.config import Config
from hyperpose_core.data.convert import convert_samples
from hyperpose_core.data.samples import Sample
from hyperpose_core.data.training_data import Share
from hyperpose_core.errors import PluginError
from hyperpose_core.pipeline.batches import TrainBatches
from hyperpose_core.pipeline.order import BLOCK, Mixture, Shuffled
from hyperpose_core.pipeline.source import Source
from hyperpose_core.skeletons import Skeleton

SIDES = Skeleton("sides", ("left_hand", "right_hand", "head"))
ONE_SIDE = Skeleton("one", ("left_hand", "head"))


class Recorder:
    """A preprocessor that passes on what it is told of labels."""

    map_names = ()

    def encode(self, keypoints, boxes, mask, labelled):
        return {"labelled": labelled, "seen": keypoints[0, :, 2] > 0}


def sample(folder: Path, number: int, skeleton: Skeleton) -> Sample:
    path = folder / f"{number}.png"
    cv2.imwrite(str(path), np.zeros((40, 40, 3), np.uint8))
    points = np.full((1, len(skeleton), 3), 20.0, np.float32)
    return Sample(number, path, 40, 40, points, np.array([[5, 5, 30, 30]], np.float32))


def order(source, count: int, seed: int = 0, start: int = 0) -> list[int]:
    positions = tf.data.Dataset.range(start, start + count)
    numbers = positions.map(tf.autograph.experimental.do_not_convert(lambda c: source(c, seed)))
    return next(iter(numbers.batch(count))).numpy().tolist()


@pytest.mark.parametrize("flip", [0.0, 1.0])
def test_labels_reach_the_preprocessor_mirrored_with_the_image(tmp_path, flip):
    config = Config()
    config.model.input_size, config.train.batch_size = (40, 40), 2
    config.data.flip, config.data.rotation, config.data.scale = flip, 0.0, (1.0, 1.0)
    samples = convert_samples([sample(tmp_path, 0, ONE_SIDE)], ONE_SIDE, SIDES)
    samples += convert_samples([sample(tmp_path, 1, SIDES)], SIDES, SIDES)
    batch = next(TrainBatches(Source(samples), Recorder(), SIDES, config))
    found = {tuple(row) for row in batch.targets["labelled"].numpy().tolist()}
    one_side = (False, True, True) if flip else (True, False, True)
    assert found == {one_side, (True, True, True)}
    for labelled, seen in zip(batch.targets["labelled"], batch.targets["seen"], strict=True):
        np.testing.assert_array_equal(labelled, seen)


def test_a_preprocessor_that_takes_no_labels_is_an_error_where_it_needs_them(tmp_path):
    class Old(Recorder):
        def encode(self, keypoints, boxes, mask):
            return {"boxes": boxes}

    config, known = Config(), [sample(tmp_path, 0, SIDES)]
    config.model.input_size = (32, 32)
    TrainBatches(Source(known), Old(), SIDES, config)
    unknown = convert_samples([sample(tmp_path, 0, ONE_SIDE)], ONE_SIDE, SIDES)
    with pytest.raises(PluginError, match="Old takes no `labelled`"):
        TrainBatches(Source(unknown), Old(), SIDES, config)


def test_samples_of_which_everything_is_known_say_nothing(tmp_path):
    converted = convert_samples([sample(tmp_path, 0, SIDES)], SIDES, ONE_SIDE)
    assert converted[0].labelled is None
    assert Source(converted)[tf.constant(0)].labelled is None


def test_labels_of_the_dataset_itself_are_kept_and_derived_through(tmp_path):
    body = Skeleton("body", ("left_hand", "hands"), derived={"hands": ("left_hand", "right_hand")})
    known, unknown = sample(tmp_path, 0, SIDES), sample(tmp_path, 1, SIDES)
    unknown.labelled = np.array([True, False, True])
    converted = convert_samples([known, unknown], SIDES, body)
    assert converted[0].labelled is None
    assert converted[1].labelled.tolist() == [True, False]


@settings(deadline=None, max_examples=8)
@given(
    st.lists(st.tuples(st.integers(1, 9), st.floats(1e-3, 1e3)), min_size=1, max_size=4),
    st.integers(0, 2**31 - 1),
    st.integers(0, 10**6),
)
def test_a_mixture_is_a_function_of_seed_and_position(shares, seed, start):
    mixture = Mixture([Share(*share) for share in shares])
    assert mixture.parts.sum() == BLOCK
    assert (mixture.parts >= 1).all()
    whole = order(mixture, 12, seed, start)
    assert whole[5:] == order(Mixture([Share(*share) for share in shares]), 7, seed, start + 5)
    assert all(0 <= number < sum(count for count, _ in shares) for number in whole)


def test_every_dataset_has_its_share_and_uses_its_images_equally():
    """Of each block, 2 in 12 from 3 images, 9 in 12 from 50, 1 in 12 from 1."""
    numbers = np.array(order(Mixture([Share(3, 2.0), Share(50, 9.0), Share(1, 1.0)]), 2 * BLOCK))
    for block in numbers.reshape(2, BLOCK):
        assert [(block < 3).sum(), ((block >= 3) & (block < 53)).sum(), (block == 53).sum()] == [
            BLOCK * 2 // 12,
            BLOCK * 9 // 12,
            BLOCK // 12,
        ]
        used = np.bincount(block, minlength=54)
        assert np.ptp(used[:3]) <= 1
        assert np.ptp(used[3:53]) <= 1
    # Mixed at every scale, not one dataset after the other.
    tenths = (numbers[:BLOCK].reshape(10, -1) < 3).mean(axis=1)
    assert (np.abs(tenths - 2 / 12) < 0.06).all()
    assert order(Mixture([Share(3, 1.0), Share(3, 1.0)]), 40, 1) != order(
        Mixture([Share(3, 1.0), Share(3, 1.0)]), 40, 2
    )


def test_a_large_dataset_is_seen_whole_before_it_repeats():
    numbers = np.array(order(Mixture([Share(10_000, 5.0), Share(4, 1.0)]), 2 * BLOCK))
    large = numbers[numbers < 10_000]
    assert len(large) == 2 * 7000
    assert len(set(large[:7000])) == 7000
    assert len(set(large)) == 10_000


def test_without_weights_the_order_is_one_permutation_an_epoch():
    assert sorted(order(Shuffled(30), 30, 4)) == list(range(30))
