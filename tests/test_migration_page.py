"""Every public name of the 2021 library works, or says what to write instead; so does its page."""

from __future__ import annotations

import importlib
import runpy
from pathlib import Path

import numpy as np
import pytest

from hyperpose import Config, Dataset
from hyperpose._renamed import Retired
from hyperpose_core.errors import ConfigError, HyperposeError

DOCS = Path(__file__).resolve().parent.parent / "docs"
TABLE = runpy.run_path(str(DOCS / "migration_table.py"))
NAMES = [(m, name) for m, (_, names) in TABLE["MODULES"].items() for name in names.split()]
MEMBERS = [(c, name) for c, names in TABLE["MEMBERS"].items() for name in names.split()]


def test_the_page_is_up_to_date():
    page = (DOCS / "migration.md").read_text(encoding="utf-8")
    assert TABLE["updated"](page) == page, "run `python docs/migration_table.py`"


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_a_name_works_or_says_what_to_write(module, name):
    value = getattr(importlib.import_module(f"hyperpose.{module}"), name)
    if isinstance(value, Retired):
        for use in (
            lambda: value(1),
            lambda: value.anything,
            lambda: value[0],
            lambda: list(value),
        ):
            with pytest.raises(ConfigError) as raised:
                use()
            assert f"{module}.{name} is not here: " in str(raised.value)
        with pytest.raises(ConfigError):

            class Derived(value):
                pass

        with pytest.raises(ConfigError):
            value.n_step = 5
    else:
        assert TABLE["does"](value)


def test_names_that_never_were_are_no_names():
    for module in TABLE["MODULES"]:
        with pytest.raises(AttributeError):
            importlib.import_module(f"hyperpose.{module}").no_such_name  # noqa: B018


@pytest.mark.parametrize(("choices", "name"), MEMBERS)
def test_a_member_is_chosen_or_says_what_to_write(choices, name):
    try:
        member = getattr(Config, choices)[name]
    except HyperposeError as error:
        assert "write Config." in str(error)  # noqa: PT017 - most of them are members
        assert not hasattr(getattr(Config, choices), name)
    else:
        assert member in list(getattr(Config, choices))


def test_a_dataset_has_the_methods_of_2021_or_says_what_to_write(tmp_path):
    Config.reset()
    Config.set_option("data.path", str(tmp_path))
    Config.set_option("data.options", {"train_images": 2, "val_images": 1})
    dataset = Dataset.get_dataset(Config.get_config())
    parts = dataset.get_parts()
    assert [part.name for part in parts][5:7] == ["LShoulder", "RShoulder"]
    assert np.shape(dataset.get_colors()) == (len(parts), 3)
    assert dataset.get_dataset_type() == Config.DATA.Synthetic
    for name in TABLE["DATASET_METHODS"]:
        with pytest.raises(ConfigError, match=f"dataset.{name} is not here: "):
            getattr(dataset, name)()


def test_a_dataset_derived_from_the_base_of_2021_trains_and_is_scored(tmp_path):
    import cv2

    class Own(Dataset.Base_dataset):
        def generate_train_data(self):
            path = str(tmp_path / "one.png")
            cv2.imwrite(path, np.full((60, 80, 3), 100, np.uint8))
            points = [[5.0 + 3 * i, 10.0 + i] for i in range(17)]
            return [path], [{"kpt": [points[::-1]], "bbx": [[5, 10, 48, 16]], "mask": None}]

        def generate_eval_data(self):
            return self.generate_train_data()[0], [7]

    Config.reset()
    Config.set_userdef_dataset(lambda config: Own(config, lambda points: points[::-1]))
    dataset = Dataset.get_dataset(Config.get_config())
    [sample] = dataset.train_samples()
    assert sample.keypoints[0, 0, :2].tolist() == [5.0, 10.0]
    assert [sample.image_id for sample in dataset.eval_samples()] == [7]
    assert dataset.evaluate({7: []})["AP"] == 0.0
    own = Own(Config.get_config())
    assert (own.get_train_datasize(), own.get_eval_datasize()) == (1, 1)
    [(path, name)] = own.get_eval_dataset()
    assert (path.numpy().decode(), int(name)) == (str(tmp_path / "one.png"), 7)
    Config.reset()
