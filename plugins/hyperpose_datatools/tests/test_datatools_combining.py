"""Several datasets together: what each gives, which is evaluated on, what cannot be combined."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hyperpose import Config
from hyperpose_core.build import get_dataset, resolve_skeleton
from hyperpose_core.build.known_skeletons import named_skeleton
from hyperpose_core.config import Config as Settings
from hyperpose_core.config import DataConfig, resolve_config
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import ConfigError, DataError, UnknownComponentError
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_datatools.combining.members import member_configs
from hyperpose_training.feeding.training_data import training_data

MODEL = Skeleton("model", ("nose", "headtop", "left_hip", "right_hip", "pelvis"),
                 derived={"pelvis": ("left_hip", "right_hip")})  # fmt: skip
COCO = named_skeleton("coco", get_registry())
MPII = named_skeleton("mpii", get_registry())


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


def first_three(sample):
    return sample.image_id % 100 < 3


@pytest.fixture(autouse=True)
def fresh():
    Config.reset()
    yield
    Config.reset()


def combined(*members, **data):
    return Settings(data=DataConfig(type="MULTIPLE", datasets=list(members), **data))


def userdef(skeleton, count, first=0, **more):
    return {"type": "USERDEF", "userdef_dataset": People(skeleton, count, first), **more}


def trained(config, to=MODEL):
    return training_data(get_dataset(config), config.data, to, get_registry())


def test_each_dataset_is_filtered_and_converted_by_itself():
    data = trained(
        combined(userdef(COCO, 6, filter=even), userdef(MPII, 8, 100), filter=first_three)
    )
    assert [s.image_id for s in data.samples] == [0, 2, 100, 101, 102]
    assert data.counts == {"USERDEF (1)": 2, "USERDEF (2)": 3}
    assert data.dropped == {
        "your filter first_three and even of USERDEF (1)": 4,
        "your filter first_three of USERDEF (2)": 5,
    }
    labelled = [dict(zip(MODEL.keypoints, s.labelled, strict=True)) for s in data.samples]
    assert labelled[0] == {**dict.fromkeys(MODEL.keypoints, True), "headtop": False}
    assert labelled[-1] == {**dict.fromkeys(MODEL.keypoints, True), "nose": False}
    assert data.shares == []


def test_weights_make_shares():
    data = trained(combined(userdef(COCO, 6, weight=3), userdef(MPII, 2, weight=0.5)))
    assert data.shares == [(6, 3.0), (2, 0.5)]


def test_one_that_is_left_with_nothing_is_named():
    with pytest.raises(
        DataError, match=r"^USERDEF \(2\) of data.datasets: no training image is left"
    ):
        trained(combined(userdef(COCO, 6), userdef(MPII, 1, 101, filter=even)))


@pytest.mark.parametrize(("wanted", "keypoints"), [(None, 17), ("1", 17), ("2", 16)])
def test_evaluation_is_on_one_of_them(wanted, keypoints):
    dataset = get_dataset(combined(userdef(COCO, 6), userdef(MPII, 4), eval_dataset=wanted))
    assert dataset.evaluate({1: []}) == {"found": 1.0, "skeleton": float(keypoints)}
    assert len(dataset.eval_samples()) == (6 if keypoints == 17 else 4)
    assert dataset.to_results({5: []}) == [{"image_id": 5}]
    assert {s.keypoints.shape[1] for s in dataset.train_samples()} == {keypoints}


def test_the_model_has_its_keypoints_for_the_first():
    config = resolve_config(
        sets=['data.datasets=[{type = "Synthetic", version = "mpii"}, {type = "Synthetic"}]']
    )
    assert config.data.type == "MULTIPLE"
    assert resolve_skeleton(config).name == "openpose-mpii"
    config.data.datasets.reverse()
    assert resolve_skeleton(config).name == "openpose-coco"
    config.model.skeleton = MODEL
    assert resolve_skeleton(config) is MODEL


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (Settings(data=DataConfig(type="MULTIPLE")), "there are no data.datasets"),
        (combined(userdef(COCO, 1, weight=1), userdef(COCO, 1)), "or none of them"),
        (combined({"type": "multiple"}), "is a combination itself"),
        (combined(userdef(COCO, 1), eval_dataset="3"), "choose one by its number: 1 USERDEF"),
        (combined(userdef(COCO, 1), userdef(COCO, 1), eval_dataset="userdef"), "two of"),
        (combined(userdef(COCO, 1), official=False), "data.official is said of each"),
        (combined(userdef(COCO, 1), path="x"), "data.path is said of each of data.datasets"),
    ],
)
def test_what_makes_no_sense_is_an_error(config, words):
    with pytest.raises(ConfigError, match=words):
        get_dataset(config)


def test_splits_that_are_said_of_all_count_where_one_does_not_say_otherwise():
    config = combined({"type": "COCO", "eval_split": "minival"}, {"type": "MPII"}, eval_split="x")
    splits = [(one.data.train_split, one.data.eval_split) for one in member_configs(config)]
    assert splits == [("train", "minival"), ("train", "x")]


def test_the_settings_of_the_one_that_is_evaluated_on():
    config = combined(userdef(COCO, 1, eval_split="minival"), userdef(MPII, 1), eval_split="x")
    assert get_dataset(config).evaluated_data.eval_split == "minival"
    config.data.eval_dataset = "2"
    assert get_dataset(config).evaluated_data.eval_split == "x"


def test_without_the_plugin_the_setting_says_what_brings_it():
    config = combined(userdef(COCO, 1), userdef(MPII, 1))
    for ask in (get_dataset, resolve_skeleton):
        with pytest.raises(UnknownComponentError, match="pip install hyperpose-datatools"):
            ask(config, Registry([]))


def test_the_setters_of_2021():
    """Each configuration says one dataset; the last one's filter is not meant for all."""
    configs = []
    for skeleton, choose in ((COCO, even), (MPII, first_three)):
        Config.set_userdef_dataset(People(skeleton, 6))
        Config.set_dataset_filter(choose)
        configs.append(Config.get_config())
    Config.set_multiple_dataset(configs, weights=[2, 1])
    config = Config.get_config()
    assert (config.data.type, config.data.filter) == ("MULTIPLE", None)
    data = trained(config)
    assert [s.image_id for s in data.samples] == [0, 2, 4, 0, 1, 2]
    assert data.shares == [(3, 2.0), (3, 1.0)]
    Config.set_multiple_dataset([{"type": "synthetic"}, {"type": "Synthetic", "version": "mpii"}])
    assert [m.type for m in Config.get_config().data.datasets] == ["Synthetic", "Synthetic"]
    Config.set_dataset_type(Config.DATA.Synthetic)
    assert Config.get_config().data.datasets == []
