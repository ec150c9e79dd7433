"""Pretraining: a backbone learns three colours, and begins a pose network with what it learnt."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from hyperpose import Config, Dataset, Model
from hyperpose_core.build.weights import load_weights, named_weights
from hyperpose_core.cli import main
from hyperpose_core.config import DataConfig, resolve_config
from hyperpose_core.data.humans import Human
from hyperpose_core.errors import ConfigError, DataError
from hyperpose_core.runs import Run
from hyperpose_pretrain.family import Postprocessor, Preprocessor
from hyperpose_pretrain.image_folder import ImageFolder

COLORS = {"blue": (220, 40, 40), "green": (40, 220, 40), "red": (40, 40, 220)}
SMALL = ["model.width=0.25", "model.input_size=32x32", "train.warmup_steps=0", "log.interval=10"]
LEARN = [*SMALL, "train.learning_rate=0.001", "data.augment=false", "eval.vis_num=1"]


def sets(texts: list[str]) -> list[str]:
    return [word for text in texts for word in ("--set", text)]


def draw(folder: Path, splits: dict[str, int]) -> Path:
    random = np.random.default_rng(0)
    for split, count in splits.items():
        for name, color in COLORS.items():
            (folder / split / name).mkdir(parents=True)
            for i in range(count):
                noise = random.integers(-30, 30, (36, 40, 3))
                picture = np.clip(np.array(color) + noise, 0, 255).astype(np.uint8)
                cv2.imwrite(str(folder / split / name / f"{name}{i}.png"), picture)
    return folder


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(tmp_path_factory.mktemp("colors"), {"train": 5, "val": 3})


@pytest.fixture(scope="module")
def run(images: Path) -> Run:
    """A MobilenetThin that learnt the colours through the command line."""
    words = ["--name", "colors", "--save-dir", str(images / "runs"), "--quiet", *sets(LEARN)]
    words += ["--model", "BackboneClassifier", "--backbone", "MobilenetThin", "--batch-size", "12"]
    words += ["--dataset", "ImageFolder", "--data", str(images), "--steps", "200"]
    words += ["--set", "train.eval_interval=100"]
    assert main(["train", *words]) == 0
    return Run(images / "runs" / "colors")


def evaluated(run: Run, capsys, *words: str) -> dict:
    capsys.readouterr()
    place = ["--save-dir", str(run.folder.parent), "--name", run.name, "--quiet", "--json"]
    assert main(["eval", *place, *words]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.slow
def test_a_backbone_learns_three_colours(run, capsys):
    report = evaluated(run, capsys)
    assert report["metrics"] == {"top1": 1.0, "top5": 1.0}
    assert report["images"] == 9
    assert report["protocol"]["classes"] == 3
    lines = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    steps = [line for line in lines if "top5" in line and "loss" in line]
    assert steps[-1]["loss"] < 0.5 * steps[0]["loss"]
    assert {"top1", "top5"} <= steps[-1].keys()
    row = json.loads(run.results.read_text())[0]
    assert row["image_id"] == "blue/blue0.png"
    assert max(row["classes"], key=row["classes"].get) == "blue"


def test_it_is_validated_while_training_and_drawn(run):
    text = run.metrics.read_text()
    assert "top1" in text
    assert run.best_model.is_file()
    assert sorted(run.pictures("train").glob("*.png"))


def test_several_views_are_averaged(run, capsys):
    views = sets(["eval.flip=true", "eval.scales=[1.0,2.0]"])
    assert evaluated(run, capsys, *views)["metrics"]["top1"] == 1.0


def test_its_backbone_starts_a_pose_network(run, tmp_path):
    options = {
        "model.type": "MobilenetThinOpenpose",
        "model.width": 0.25,
        "model.stages": 1,
        "model.input_size": (64, 64),
        "model.backbone_weights": str(run.newest_model),
        "data.type": "COCO",
    }
    found = named_weights(Model.get_model(resolve_config(options=options)))
    learnt = load_weights(run.newest_model)
    names = [name for name in found if name.startswith("backbone/")]
    assert names
    assert set(names) == {name for name in learnt if name.startswith("backbone/")}
    for name in names:
        np.testing.assert_array_equal(found[name], learnt[name])


@pytest.mark.parametrize("backbone", ["MobilenetV1", "MobilenetV2", "Vggtiny", "Vgg16", "Resnet18"])
def test_a_deeper_backbone_starts_one_that_ends_at_stride_8(backbone, tmp_path):
    """Pretraining goes to stride 32: the layers beyond stride 8 are left out, all others start."""
    from hyperpose_core.build.weights import give_backbone
    from hyperpose_core.registry import get_registry

    factory = get_registry().load("backbone", backbone)

    class Holder:
        def __init__(self, stride):
            self.backbone = factory(stride, width=0.125)
            self.all_weights = self.backbone.all_weights

    deep, flat = Holder(32), Holder(8)
    arrays = {name: v.numpy() for name, v in named_weights(deep).items()}
    give_backbone(flat, arrays, "it")
    for name, variable in named_weights(flat).items():
        np.testing.assert_array_equal(variable, arrays[name])


@pytest.mark.slow
def test_the_functions_of_2021_pretrain_a_models_backbone(images, tmp_path):
    Config.reset()
    try:
        Config.set_model_name("pose")
        Config.set_model_type("MobilenetThinOpenpose")
        Config.set_pretrain_dataset_path(images)
        for key, value in (
            ("model.width", 0.125),
            ("model.stages", 1),
            ("model.input_size", (64, 64)),
            ("log.save_dir", str(tmp_path)),
            ("log.quiet", True),
            ("data.type", "COCO"),
            ("pretrain.steps", 2),
            ("pretrain.batch_size", 2),
            ("pretrain.input_size", (32, 32)),
        ):
            Config.set_option(key, value)
        config = Config.get_config()
        model, dataset = Model.get_model(config), Dataset.get_pretrain_dataset(config)
        result = Model.get_pretrain(config)(model, dataset)
        assert result.step == 2
        assert result.run.folder == tmp_path / "pose-pretrain"
        learnt = load_weights(result.run.newest_model)
        for name, variable in named_weights(model).items():
            if name.startswith("backbone/"):
                np.testing.assert_array_equal(variable, learnt[name])
        Config.set_pretrain(result.run.newest_model)
        again = named_weights(Model.get_model(Config.get_config()))
        name = "backbone/high/3/2/0/filters"
        np.testing.assert_array_equal(again[name], learnt[name])
    finally:
        Config.reset()


def test_classes_are_those_of_training_in_order(tmp_path):
    draw(tmp_path, {"train": 1, "val": 1})
    dataset = ImageFolder(DataConfig(path=str(tmp_path)))
    assert dataset.skeleton.keypoints == ("blue", "green", "red")
    for sample in (*dataset.train_samples(), *dataset.eval_samples()):
        assert dataset.classes[sample.label] == sample.path.parent.name
    (tmp_path / "val" / "mauve").mkdir()
    with pytest.raises(DataError, match="mauve"):
        dataset.eval_samples()


def test_a_validation_split_without_a_class_keeps_the_numbers(tmp_path):
    """The 2021 library numbered the folders of each split by themselves."""
    draw(tmp_path, {"train": 1, "val": 1})
    for path in (tmp_path / "val" / "blue").iterdir():
        path.unlink()
    (tmp_path / "val" / "blue").rmdir()
    dataset = ImageFolder(DataConfig(path=str(tmp_path)))
    assert [s.label for s in dataset.eval_samples()] == [1, 2]


def test_the_folder_of_2021_is_found(tmp_path):
    draw(tmp_path / "imagenet", {"train": 1, "val": 1})
    assert len(ImageFolder(DataConfig(path=str(tmp_path))).train_samples()) == 3


@pytest.mark.parametrize("made", ["nothing", "no images"])
def test_an_empty_folder_says_what_it_needs(tmp_path, made):
    if made == "no images":
        (tmp_path / "train" / "blue").mkdir(parents=True)
    with pytest.raises(DataError, match="folder"):
        ImageFolder(DataConfig(path=str(tmp_path))).train_samples()


def test_accuracy_counts_images_without_predictions_as_wrong(tmp_path):
    draw(tmp_path, {"train": 1, "val": 2})
    dataset = ImageFolder(DataConfig(path=str(tmp_path)))
    find = Postprocessor(skeleton=dataset.skeleton, stride=32, options={})
    humans: dict[str, list[Human]] = {}
    for sample in dataset.eval_samples():
        logits = np.zeros((1, 1, 3), np.float32)
        logits[..., sample.label] = 5 if sample.path.stem.endswith("0") else -5
        humans[sample.image_id] = find([logits])
    assert dataset.evaluate(humans) == {"top1": 0.5, "top5": 1.0}
    del humans["red/red0.png"]
    assert dataset.evaluate(humans)["top1"] == pytest.approx(2 / 6)
    assert dataset.evaluate(humans, ["blue/blue0.png"]) == {"top1": 1.0, "top5": 1.0}


def test_a_dataset_without_classes_is_refused(images):
    skeleton = ImageFolder(DataConfig(path=str(images))).skeleton
    made = Preprocessor(skeleton=skeleton, input_size=(32, 32), stride=32, options={})
    with pytest.raises(ConfigError, match="ImageFolder"):
        made.losses(None, [None], {})


def test_people_and_classes_are_not_mixed_up(images, tmp_path, capsys):
    place = ["--name", "wrong", "--save-dir", str(tmp_path), "--quiet"]
    place += sets(["model.width=0.125", "model.input_size=64x64"])
    words = ["--model", "Poseproposal", "--backbone", "Vggtiny", "--dataset", "ImageFolder"]
    assert main(["train", *place, *words, "--data", str(images)]) == 2
    assert "train --model BackboneClassifier" in capsys.readouterr().err
    words = ["--model", "BackboneClassifier", "--dataset", "Synthetic", "--data", str(tmp_path)]
    few = sets(["data.options={train_images = 1, val_images = 1, width = 96, height = 96}"])
    assert main(["train", *place, *words, *few]) == 2
    assert "train it on --dataset ImageFolder" in capsys.readouterr().err


def test_images_are_checked_and_drawn_in_the_size_of_their_files(images, tmp_path, capsys):
    words = ["ImageFolder", "--data", str(images), "--quiet"]
    assert main(["check-data", *words, "--split", "val", "--json", "--strict"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["splits"]["val"]["image_sizes"]["width"]["median"] == 40
    assert main(["browse", *words, "--to", str(tmp_path), "--count", "2"]) == 0
    assert len(list(tmp_path.glob("*.png"))) == 2


def test_what_is_left_out_is_said_once_with_its_endings(tmp_path, capsys):
    draw(tmp_path, {"train": 2, "val": 1})
    dataset = ImageFolder(DataConfig(path=str(tmp_path)))
    dataset.eval_samples()
    assert capsys.readouterr().err == ""
    train = tmp_path / "train"
    for name in ("a.webp", f"{dataset.classes[0]}/b.tif", "c.jpg"):
        (train / name).write_bytes(b"x")
    (train / ".hidden").mkdir()
    count = len(dataset.train_samples())
    assert len(dataset.train_samples()) == count == 2 * len(dataset.classes)
    said = capsys.readouterr().err
    assert said.count("4 files and folders are left out") == 1
    assert said.endswith(": .hidden, .jpg, .tif, .webp\n")
