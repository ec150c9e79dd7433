"""What a stranger's dataset may say beyond the contract: its missing images, what it combines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hyperpose_core.config import DataConfig
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError
from hyperpose_core.registry import get_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_training.feeding.training_data import Share, TrainingData, training_data

PAIR = Skeleton("pair", ("left_hand", "right_hand"), ((0, 1),))


def sample(number: int, folder: Path) -> Sample:
    points = np.array([[[1, 2, 2], [3, 4, 2]]], np.float32)
    return Sample(number, folder / f"{number}.png", 9, 9, points, np.ones((1, 4), np.float32))


class Theirs:
    """Images 1 to 3, the second of which is not there."""

    skeleton = PAIR

    def __init__(self, folder: Path) -> None:
        self.samples = [sample(number, folder) for number in (1, 2, 3)]
        for one in self.samples:
            one.path.touch()
        self.samples[1].path.unlink()

    def train_samples(self):
        return self.samples

    def check_images(self, samples):
        if missing := [str(one.path) for one in samples if not one.path.is_file()]:
            raise DataError(f"{len(missing)} of their images are missing: {missing[0]}")


def trained_on(dataset, **data) -> TrainingData:
    return training_data(dataset, DataConfig(**data), PAIR, get_registry())


def test_missing_images_are_an_error_before_anything_is_trained(tmp_path):
    with pytest.raises(DataError, match=r"1 of their images are missing: .*2\.png"):
        trained_on(Theirs(tmp_path))


def test_missing_images_can_be_left_out_by_a_filter(tmp_path):
    data = trained_on(Theirs(tmp_path), filter=lambda one: one.image_id != 2)
    assert [one.image_id for one in data.samples] == [1, 3]


def test_a_dataset_that_does_not_know_its_files_is_not_asked(tmp_path):
    class Unknowing(Theirs):
        check_images = None

    assert len(trained_on(Unknowing(tmp_path)).samples) == 3


def test_a_dataset_that_combines_answers_for_itself(tmp_path):
    class Twice(Theirs):
        def training_data(self, config, to, registry):
            assert (config.filters, to) == ([], PAIR)
            return TrainingData(self.samples[:1], shares=[Share(1, 2.0)], counts={"theirs": 1})

    data = trained_on(Twice(tmp_path))
    assert (len(data.samples), data.shares, data.counts) == (1, [Share(1, 2.0)], {"theirs": 1})
