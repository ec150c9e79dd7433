"""Images that users add to a dataset: what is trained on, and what is wrong with them."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest

from hyperpose import Config
from hyperpose_coco.skeleton import COCO
from hyperpose_coco.userdef.added import AddedData
from hyperpose_core.build import get_dataset
from hyperpose_core.config import Config as Settings
from hyperpose_core.config import not_restored, to_dict
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import ConfigError, DataError
from hyperpose_core.registry import get_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_training.feeding.training_data import training_data

MODEL = Skeleton("model", ("nose", "headtop", "left_hip", "right_hip", "pelvis"),
                 derived={"pelvis": ("left_hip", "right_hip")})  # fmt: skip
HANDS = Skeleton("hands", ("left_hand", "right_hand", "nose"))


class People:
    """A dataset in memory, which needs no files."""

    def __init__(self, skeleton, count, first=0):
        self.skeleton, self.count, self.first = skeleton, count, first

    def train_samples(self):
        points = np.full((1, len(self.skeleton), 3), 2.0, np.float32)
        return [
            Sample(self.first + i, Path(f"{i}.png"), 9, 9, points, np.ones((1, 4), np.float32))
            for i in range(self.count)
        ]

    eval_samples = train_samples

    def evaluate(self, humans, image_ids=None):
        return {"found": float(len(humans)), "skeleton": float(len(self.skeleton))}

    def to_results(self, humans):
        return [{"image_id": name} for name in humans]


def even(sample):
    return sample.image_id % 2 == 0


@pytest.fixture(autouse=True)
def fresh():
    Config.reset()
    yield
    Config.reset()


def trained(config, to=MODEL):
    return training_data(get_dataset(config), config.data, to, get_registry())


def test_what_is_added_is_named_in_json():
    config = Settings()
    config.data.added = AddedData(["a.png"], [{"kpt": []}])
    written = json.loads(json.dumps(to_dict(config)))
    assert not_restored(written) == {"data.added": "hyperpose_coco.userdef.added:AddedData"}


@pytest.fixture
def pictures(tmp_path):
    paths = [tmp_path / f"{name}.png" for name in "ab"]
    for path in paths:
        cv2.imwrite(str(path), np.zeros((30, 40, 3), np.uint8))
    return paths


def target(key="bbx", points=17):
    person = [[5.0 + i, 6.0] for i in range(points - 1)] + [[-1000, -1000]]
    return {"kpt": [person], key: [[4, 5, 20, 10]], "mask": None, "labeled": 1}


@pytest.mark.parametrize("key", ["bbx", "bbxs"])
def test_images_are_added_as_often_as_one_likes(pictures, key):
    Config.set_userdef_dataset(People(COCO, 3))
    Config.set_dataset_filter(even)
    Config.set_useradd_data(pictures, [target(key), pickle.dumps(target(key))], 2)
    config = Config.get_config()
    dataset = get_dataset(config)
    data = trained(config)
    # Filters see the dataset's own images alone.
    assert [s.image_id for s in data.samples] == [0, 2, *["added-0", "added-1"] * 2]
    added = data.samples[2]
    assert (added.path, added.width, added.height) == (pictures[0], 40, 30)
    np.testing.assert_array_equal(added.boxes, [[4, 5, 20, 10]])
    nose, _, left_hip, _, pelvis = added.keypoints[0].tolist()
    assert (nose, left_hip, pelvis) == ([5, 6, 2], [16, 6, 2], [16.5, 6, 2])
    assert added.labelled.tolist() == [True, False, True, True, True]
    assert len(dataset.train_samples()) == 7
    assert dataset.evaluate({}) == {"found": 0.0, "skeleton": 17.0}


def test_filters_may_leave_the_added_images_alone(pictures):
    Config.set_userdef_dataset(People(COCO, 3))
    Config.set_dataset_filter(lambda sample: False)
    with pytest.raises(DataError, match="the filters drop all 3"):
        trained(Config.get_config())
    Config.set_useradd_data(pictures, [target(), target()])
    data = trained(Config.get_config())
    assert [s.image_id for s in data.samples] == ["added-0", "added-1"]
    assert sum(data.dropped.values()) == 3


def test_the_added_images_alone(pictures):
    Config.set_userdef_dataset(People(COCO, 3))
    Config.set_official_dataset(False)
    with pytest.raises(ConfigError, match="there is no added data"):
        get_dataset(Config.get_config())
    Config.set_useradd_data(pictures, [target(), target()])
    data = trained(Config.get_config())
    assert [s.image_id for s in data.samples] == ["added-0", "added-1"]
    assert len(get_dataset(Config.get_config()).eval_samples()) == 3


def test_images_added_to_one_of_several(pictures):
    Config.set_userdef_dataset(People(HANDS, 2))
    Config.set_useradd_data(pictures[:1], [target(points=3)])
    hands = Config.get_config()
    coco = {"type": "USERDEF", "userdef_dataset": People(COCO, 3)}
    Config.set_multiple_dataset([coco, hands], weights=[1, 2])
    data = trained(Config.get_config())
    assert data.shares == [(3, 1.0), (3, 2.0)]
    assert data.samples[-1].image_id == "added-0"
    Config.set_useradd_data(pictures[:1], [target()])
    with pytest.raises(ConfigError, match="cannot be added to datasets with weights"):
        trained(Config.get_config())


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((["a.png"], []), ConfigError, "1 paths and 0 targets"),
        (([], []), ConfigError, "0 paths"),
        ((["a.png"], [{}], 0), ConfigError, "1 or more; got 0"),
        ((["a.png"], [{}]), DataError, "element 0 of the added data .a.png. must be a dictionary"),
        ((["a.png"], [target(points=5)]), DataError, "has people of 5 keypoints; 'coco' has 17"),
        ((["no.png"], [target()]), DataError, "the added data names are missing: no.png"),
    ],
)
def test_malformed_added_data_is_an_error_that_says_which(
    arguments, error, words, monkeypatch, pictures
):
    monkeypatch.chdir(pictures[0].parent)
    Config.set_userdef_dataset(People(COCO, 3))

    def add():
        Config.set_useradd_data(*arguments)
        get_dataset(Config.get_config()).train_samples()

    with pytest.raises(error, match=words):
        add()
