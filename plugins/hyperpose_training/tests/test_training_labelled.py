"""What a dataset annotates, on its way from the dataset to the preprocessor."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core.config import Config
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import PluginError
from hyperpose_core.skeletons import Skeleton
from hyperpose_training import affine
from hyperpose_training.feeding.convert import convert_samples
from hyperpose_training.feeding.example import example_maker
from hyperpose_training.feeding.source import Source

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


class Mirroring:
    """The augmentations of a training that mirrors every image."""

    def place(self, placement, seed):
        middle = (placement.input_size - 1) / 2
        return affine.about(middle, affine.stretch(-1.0, 1.0)) @ placement.matrix

    def change(self, placed, seed):
        return placed


@pytest.mark.parametrize("flip", [False, True])
def test_labels_reach_the_preprocessor_mirrored_with_the_image(tmp_path, flip):
    config = Config()
    config.model.input_size = (40, 40)
    samples = convert_samples([sample(tmp_path, 0, ONE_SIDE)], ONE_SIDE, SIDES)
    samples += convert_samples([sample(tmp_path, 1, SIDES)], SIDES, SIDES)
    augmentations = Mirroring() if flip else None
    make = example_maker(Source(samples), Recorder(), SIDES, config, augmentations)
    made = [make(tf.constant(position, tf.int64)) for position in range(2)]
    found = {tuple(one["labelled"].numpy().tolist()) for one in made}
    one_side = (False, True, True) if flip else (True, False, True)
    assert found == {one_side, (True, True, True)}
    for one in made:
        np.testing.assert_array_equal(one["labelled"], one["seen"])


def test_a_preprocessor_that_takes_no_labels_is_an_error_where_it_needs_them(tmp_path):
    class Old(Recorder):
        def encode(self, keypoints, boxes, mask):
            return {"boxes": boxes}

    config, known = Config(), [sample(tmp_path, 0, SIDES)]
    config.model.input_size = (32, 32)
    example_maker(Source(known), Old(), SIDES, config)
    unknown = convert_samples([sample(tmp_path, 0, ONE_SIDE)], ONE_SIDE, SIDES)
    with pytest.raises(PluginError, match="Old takes no `labelled`"):
        example_maker(Source(unknown), Old(), SIDES, config)


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
