"""Backbone weights: a feature extractor that was trained in one model begins in another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_runs import sets, settings

from hyperpose import Config, Model
from hyperpose_core.build import get_model
from hyperpose_core.build.weights import load_weights, named_weights, save_weights
from hyperpose_core.cli import main
from hyperpose_core.config import resolve_config
from hyperpose_core.errors import CheckpointError
from hyperpose_core.inference import load_predictor
from hyperpose_core.runs import Run

SMALL = {"model.width": 0.25, "model.input_size": (64, 64), "model.stages": 1}


def build(model: str, seed: int = 0, **more):
    options = {"model.type": model, "train.seed": seed, **SMALL, "data.type": "COCO", **more}
    return get_model(resolve_config(options=options))


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """The weights of a whole LightweightOpenpose."""
    arrays = {n: v.numpy() for n, v in named_weights(build("LightweightOpenpose", seed=7)).items()}
    save_weights(tmp_path / "newest_model.npz", arrays)
    return tmp_path / "newest_model.npz"


def test_a_backbone_of_one_model_begins_in_another(trained):
    """DilatedMobilenet in LightweightOpenpose and MobilenetV1 in Openpose: one set of arrays."""
    more = {"model.backbone": "MobilenetV1", "model.backbone_weights": str(trained)}
    found, given = named_weights(build("Openpose", **more)), load_weights(trained)
    backbone = [name for name in found if name.startswith("backbone/")]
    assert len(backbone) == 115
    for name in backbone:
        np.testing.assert_array_equal(found[name], given[name])
    plain = named_weights(build("Openpose", **{"model.backbone": "MobilenetV1"}))
    for name in found.keys() - set(backbone):
        np.testing.assert_array_equal(found[name], plain[name])


@pytest.mark.parametrize("prefix", ["backbone/", ""])
def test_a_file_of_the_backbone_alone_will_do(trained, tmp_path, prefix):
    arrays = {
        prefix + name.removeprefix("backbone/"): array
        for name, array in load_weights(trained).items()
        if name.startswith("backbone/")
    }
    save_weights(tmp_path / "alone.npz", arrays)
    more = {"model.backbone": "MobilenetV1", "model.backbone_weights": str(tmp_path / "alone.npz")}
    found = named_weights(build("Openpose", **more))
    name = "backbone/blocks/11/2/0/filters"
    np.testing.assert_array_equal(found[name], load_weights(trained)[name])


def test_it_is_every_array_or_an_error_that_lists_them(trained, tmp_path):
    arrays = load_weights(trained)
    arrays["backbone/tail/filters"] = arrays.pop("backbone/blocks/11/2/0/filters")
    arrays["backbone/blocks/0/0/filters"] = np.zeros((3, 3, 3, 4), np.float32)
    save_weights(tmp_path / "other.npz", arrays)
    with pytest.raises(CheckpointError) as caught:
        build("LightweightOpenpose", **{"model.backbone_weights": str(tmp_path / "other.npz")})
    for part in (
        "backbone/blocks/11/2/0/filters is missing",
        "backbone/tail/filters is left over",
        "backbone/blocks/0/0/filters has shape (3, 3, 3, 4)",
    ):
        assert part in str(caught.value)


def test_all_arrays_are_listed_when_the_backbone_is_another(trained):
    more = {"model.backbone": "Vggtiny", "model.backbone_weights": str(trained)}
    with pytest.raises(CheckpointError) as caught:
        build("Openpose", **more)
    text = str(caught.value)
    assert (text.count("is missing"), text.count("is left over")) == (45, 115)


def test_set_pretrain_reaches_the_model(trained):
    Config.reset()
    try:
        Config.set_model_type("LightweightOpenpose")
        Config.set_option("model.width", 0.25)
        Config.set_option("model.stages", 1)
        Config.set_pretrain(trained)
        model = Model.get_model(Config.get_config())
        name = "backbone/blocks/3/0/filters"
        np.testing.assert_array_equal(named_weights(model)[name], load_weights(trained)[name])
        Config.set_pretrain(None)
        assert Config.get_config().model.backbone_weights is None
    finally:
        Config.reset()


def test_a_run_trains_from_them_and_needs_the_file_no_more(trained, tmp_path):
    words = [
        *sets(settings(tmp_path / "pictures", "model.backbone=MobilenetV1")),
        "--save-dir",
        str(tmp_path / "runs"),
        "--quiet",
    ]
    words += ["--name", "a"]
    begin = ["--steps", "1", "--set", "train.learning_rate=0", "--backbone-weights", str(trained)]
    assert main(["train", *words, *begin, "--set", "train.weight_decay=0"]) == 0
    run, name = Run(tmp_path / "runs" / "a"), "backbone/blocks/5/2/0/filters"
    np.testing.assert_array_equal(load_weights(run.newest_model)[name], load_weights(trained)[name])
    trained.unlink()
    load_predictor(run.folder)
    assert main(["eval", "--save-dir", str(tmp_path / "runs"), "--name", "a", "--quiet"]) == 0
    resume = ["--save-dir", str(tmp_path / "runs"), "--name", "a", "--quiet", "--steps", "2"]
    assert main(["train", "--resume", *resume]) == 0
