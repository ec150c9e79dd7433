"""Several datasets together: the settings, and the way to JSON and back."""

from __future__ import annotations

import json

import pytest

from hyperpose import Config
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
from hyperpose_core.errors import ConfigError
from hyperpose_core.registry import make_registry


class Anything:
    """Given for a dataset of one's own."""

    def train_samples(self): ...


def even(sample):
    return sample.image_id % 2 == 0


@pytest.fixture(autouse=True)
def fresh():
    Config.reset()
    yield
    Config.reset()


def combined(*members, **data):
    return Settings(data=DataConfig(type="MULTIPLE", datasets=list(members), **data))


def userdef(**more):
    return {"type": "USERDEF", "userdef_dataset": Anything(), **more}


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
    config = combined(userdef(filter=even), userdef())
    written = json.loads(json.dumps(to_dict(config)))
    assert not_restored(written) == {
        "data.datasets.0.filter": f"{__name__}:even",
        "data.datasets.0.userdef_dataset": f"{__name__}:Anything",
        "data.datasets.1.userdef_dataset": f"{__name__}:Anything",
    }
    restored = from_dict(written)
    assert [member.type for member in restored.data.datasets] == ["USERDEF", "USERDEF"]
    with pytest.raises(ConfigError, match="cannot be read back from a file"):
        get_dataset(restored)


def test_a_snapshot_has_datasets_of_its_own():
    config = combined(userdef())
    copy = snapshot(config)
    assert copy == config
    config.data.datasets[0].path = "elsewhere"
    assert copy.data.datasets[0].path is None


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


COMBINES = """
    from hyperpose_core import DatasetSpec, hookimpl

    class Both:
        def __init__(self, config, registry):
            self.config = config

        @staticmethod
        def members(config):
            from dataclasses import replace
            return [replace(config, data=one) for one in reversed(config.data.datasets)]

    @hookimpl
    def hyperpose_register_datasets():
        yield DatasetSpec(name="MULTIPLE", target=f"{__name__}:Both", skeleton=None)
    """


def test_a_strangers_way_to_combine_is_chosen_by_its_plugins_name(install_plugin):
    install_plugin("theirs", COMBINES)
    registry = make_registry()
    tables = '{type = "Synthetic"}, {type = "Synthetic", version = "mpii"}'
    config = resolve_config(sets=["data.type=theirs/multiple", f"data.datasets=[{tables}]"])
    assert config.data.type == "theirs/MULTIPLE"
    assert type(get_dataset(config, registry)).__name__ == "Both"
    assert resolve_skeleton(config, registry).name == "openpose-mpii"
    config.data.type = "MULTIPLE"
    assert resolve_skeleton(config, registry).name == "openpose-coco"
