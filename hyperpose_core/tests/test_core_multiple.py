"""Several datasets together, and images that users add: settings, samples, and the way to JSON."""

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
from hyperpose_core.build import get_dataset, resolve_skeleton
from hyperpose_core.config import Config as Settings
from hyperpose_core.config import (
    DataConfig,
    from_dict,
    load_config,
    not_restored,
    resolve_config,
    snapshot,
    to_dict,
)
from hyperpose_core.config.members import evaluated_data, member_configs
from hyperpose_core.data.samples import Sample
from hyperpose_core.data.training_data import training_data
from hyperpose_core.errors import ConfigError, DataError
from hyperpose_core.registry import get_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_mpii.skeleton import MPII

MODEL = Skeleton("model", ("nose", "headtop", "left_hip", "right_hip", "pelvis"),
                 derived={"pelvis": ("left_hip", "right_hip")})  # fmt: skip


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
    with pytest.raises(DataError, match=r"no training image of USERDEF \(2\) is left"):
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
    assert evaluated_data(config.data).eval_split == "minival"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("{type = 'COCO', rotation = 5}", "a dataset has no 'rotation'; there are type, path"),
        ("{path = 'x'}", "each dataset needs its type"),
        ("{type = 'COCO', weight = 0}", "data.weight must be a number, more than 0"),
        ("{type = 'COCO', datasets = []}", "a dataset has no 'datasets'"),
        ("5", "a list of tables"),
    ],
)
def test_a_wrong_table_is_an_error_that_says_what_there_is(table, words):
    with pytest.raises(ConfigError, match=words):
        resolve_config(sets=[f"data.datasets=[{table}]"])


def test_toml_json_and_back(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text(
        """
        [data]
        rotation = 5
        [[data.datasets]]
        type = "COCO"
        path = "coco"
        filters = ["no-crowd", "min-keypoints(count=5)"]
        weight = 3
        [[data.datasets]]
        type = "Synthetic"
        version = "mpii"
        weight = 1
        options = { train_images = 6 }
        """
    )
    config = load_config(file)
    assert (config.data.type, config.data.rotation) == ("MULTIPLE", 5.0)
    first, second = config.data.datasets
    assert (first.filters[1].arguments, second.options) == ({"count": 5}, {"train_images": 6})
    written = json.loads(json.dumps(to_dict(config)))
    assert written["data"]["datasets"][1] == {
        **{"type": "Synthetic", "version": "mpii", "weight": 1.0},
        "options": {"train_images": 6},
    }
    assert from_dict(written) == config
    assert to_dict(from_dict(written)) == to_dict(config)


def test_the_later_of_type_and_datasets_wins():
    table = 'data.datasets=[{type = "COCO"}]'
    assert resolve_config(sets=["data.type=MPII", table]).data.type == "MULTIPLE"
    config = resolve_config(sets=[table, "data.type=MPII"])
    assert (config.data.type, config.data.datasets) == ("MPII", [])
    assert len(resolve_config(sets=[table, "data.type=multiple"]).data.datasets) == 1


def test_a_type_chooses_one_of_them_with_its_own_settings():
    coco = '{type = "COCO", path = "here", filters = ["no-crowd"], weight = 3}'
    mpii = '{type = "MPII", path = "there", eval_split = "valid", weight = 1}'
    both = ["data.filters=every-nth(n=2)", f"data.datasets=[{coco}, {mpii}]"]
    data = resolve_config(sets=[*both, "data.type=coco"]).data
    assert (data.path, data.datasets, data.weight) == ("here", [], None)
    assert [call.name for call in data.filters] == ["every-nth", "no-crowd"]
    path, chosen = "data.path=elsewhere", "data.type=mpii"
    for sets in ([path, chosen], [chosen, path]):
        data = resolve_config(sets=[*both, *sets]).data
        assert (data.path, data.eval_split) == ("elsewhere", "valid")
    twice = f"data.datasets=[{coco}, {coco}]"
    assert resolve_config(sets=[twice, "data.type=COCO"]).data.path is None


def test_what_only_python_can_hold_is_named_in_json():
    config = combined(userdef(COCO, 1, filter=even), userdef(MPII, 1))
    config.data.added = AddedData(["a.png"], [{"kpt": []}])
    written = json.loads(json.dumps(to_dict(config)))
    assert not_restored(written) == {
        "data.added": "hyperpose_coco.userdef.added:AddedData",
        "data.datasets.0.filter": f"{__name__}:even",
        "data.datasets.0.userdef_dataset": f"{__name__}:People",
        "data.datasets.1.userdef_dataset": f"{__name__}:People",
    }
    restored = from_dict(written)
    assert [member.type for member in restored.data.datasets] == ["USERDEF", "USERDEF"]
    with pytest.raises(ConfigError, match="cannot be read back from a file"):
        get_dataset(restored)


def test_a_snapshot_has_datasets_of_its_own():
    config = combined(userdef(COCO, 1))
    copy = snapshot(config)
    assert copy == config
    config.data.datasets[0].path = "elsewhere"
    assert copy.data.datasets[0].path is None


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


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([],), "for each dataset"),
        (([{"type": "Synthetic"}], [1, 2]), "2 weights for 1 datasets"),
        (([{"type": "Synthetic"}], [0]), "more than 0"),
        (([3],), "a list of tables"),
    ],
)
def test_setters_check_at_once_and_change_nothing(arguments, words):
    with pytest.raises(ConfigError, match=words):
        Config.set_multiple_dataset(*arguments)
    assert Config.get_config() == Settings()


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
    Config.set_userdef_dataset(People(MPII, 2))
    Config.set_useradd_data(pictures[:1], [target(points=16)])
    mpii = Config.get_config()
    Config.set_multiple_dataset([userdef(COCO, 3), mpii], weights=[1, 2])
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
