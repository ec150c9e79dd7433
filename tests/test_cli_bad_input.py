"""Bad input: one clear sentence, exit code 2, no traceback; with --debug a traceback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import pytest
from tiny_runs import hyperpose, sets, settings

from hyperpose_core.build.weights import load_weights
from hyperpose_core.cli import main


class Answer(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Answer]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with drawn pictures and one trained run, `save_dir/base`."""
    folder = tmp_path_factory.mktemp("world")
    words = ["--save-dir", str(folder / "save_dir"), "--steps", "1", "--quiet"]
    assert main(["train", "--name", "base", *words, *sets(settings(folder / "pictures"))]) == 0
    return folder


@pytest.fixture
def run(capfd, monkeypatch, tmp_path: Path) -> Run:
    """Run the command line in this process and return exit code, standard output and error."""

    def call(*words: str | Path) -> Answer:
        capfd.readouterr()
        code = main([str(word) for word in words])
        return Answer(code, *capfd.readouterr())

    monkeypatch.chdir(tmp_path)
    return call


def refused(answer: Answer, *parts: str) -> str:
    """Check that an answer is one sentence that has these parts, and return it."""
    assert answer.code == 2, answer
    assert "Traceback" not in answer.err
    assert answer.out == ""
    errors = [line for line in answer.err.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1, answer.err
    for part in parts:
        assert part in errors[0]
    return errors[0]


def small(world: Path, *more: str | Path) -> list[str]:
    return [*sets(settings(world / "pictures")), "--steps", "2", *map(str, more)]


@pytest.mark.parametrize(
    "words",
    ["infer a.png --model-file", "report", "eval --name", "import-weights --model Openpose"],
)
def test_a_name_that_is_too_long_for_a_file(run, words):
    more = ["--name", "b"] if "import" in words else []
    refused(run(*words.split(), "a" * 5000, *more), "aaa... is too long a name")


# The dataset


DATASETS = ["coco", "mpii", "coco-custom", "imagefolder", "synthetic"]


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_home_of_nobody(run, dataset, tmp_path):
    answer = run("check-data", dataset, "--data", "~nosuchuser", "--quiet")
    assert "failed" not in refused(answer, "~nosuchuser")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_folder_whose_name_no_file_can_have(run, dataset):
    answer = run("check-data", dataset, "--data", "a" * 300, "--quiet")
    assert "failed" not in refused(answer, "too long")


@pytest.mark.parametrize("dataset", ["coco-custom", "imagefolder"])
def test_a_split_whose_name_no_file_can_have(run, dataset):
    words = ("--set", "data.options.annotations=" + "a" * 300) if "coco" in dataset else ()
    answer = run("check-data", dataset, "--split", "b" * 300, "--quiet", *words)
    assert "failed" not in refused(answer, "too long")


def test_no_dataset_is_prepared_in_a_home_of_nobody(run, tmp_path):
    refused(run("prepare", "mpii", "--to", "~nosuchuser/mpii"), "--to: ~nosuchuser/mpii", "whole")
    assert not list(tmp_path.iterdir())


def test_a_missing_dataset_folder_says_what_where_and_how_to_get_it(run, tmp_path):
    missing = tmp_path / "nothing"
    answer = run("train", "--name", "n", "--dataset", "coco", "--data", missing)
    wanted = str(missing / "annotations" / "person_keypoints_train2017.json")
    refused(answer, wanted, f"hyperpose prepare coco --version 2017 --to {missing}", "--data")


def test_the_default_folder_is_named_too(run):
    answer = run("train", "--name", "n", "--dataset", "coco")
    refused(answer, str(Path("data", "coco", "annotations")), "--data")


def test_a_missing_dataset_folder_in_eval(run, world, tmp_path):
    where = ("--save-dir", world / "save_dir", "--dataset", "coco", "--data", tmp_path)
    refused(run("eval", "--name", "base", *where), "person_keypoints_val2017.json")


def test_a_refused_training_leaves_no_run(run, tmp_path):
    run("train", "--name", "n", "--dataset", "coco", "--data", tmp_path / "nothing")
    assert not (tmp_path / "save_dir" / "n").exists()


IMAGE = '{"id": 1, "file_name": "a.jpg", "width": 4, "height": 4}'


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"{half", ["is not JSON"]),
        (b"", ["is not JSON"]),
        (b"\xff\xfe\x00", ["is not JSON"]),
        (b"[]", ["a list"]),
        (b"{}", ["'images' is missing"]),
        (b'{"images": []}', ["'annotations' is missing"]),
        (b'{"images": [{"id": 1}], "annotations": []}', ["image 0 (id 1)", "'file_name'"]),
        (
            f'{{"images": [{IMAGE}], "annotations": [{{"id": 7, "image_id": 1}}]}}'.encode(),
            ["annotation 0 (id 7)", "'keypoints' is missing"],
        ),
        (
            f'{{"images": [{IMAGE}], "annotations": []}}'.encode(),
            ["no training image is left"],
        ),
    ],
)
def test_annotations_that_are_no_json_or_lack_a_key(run, tmp_path, content, parts):
    path = tmp_path / "coco" / "annotations" / "person_keypoints_train2017.json"
    path.parent.mkdir(parents=True)
    (tmp_path / "coco" / "train2017").mkdir()
    path.write_bytes(content)
    sizes = ("--input-size", "64x64", "--set", "model.width=0.25", "--set", "model.stages=1")
    answer = run("train", "--name", "n", "--dataset", "coco", "--data", tmp_path / "coco", *sizes)
    sentence = refused(answer, *parts)
    assert str(path) in sentence or "no training image" in sentence


def test_an_unknown_split_names_the_splits(run, world):
    answer = run("train", "--name", "n", "--split", "test", *small(world))
    refused(answer, "'test'", "train, val")


# Truncated images


@pytest.fixture
def damaged(world: Path, tmp_path: Path) -> Path:
    """A copy of the drawn pictures in which one image of each split is cut in half."""
    shutil.copytree(world / "pictures", tmp_path / "damaged")
    for split in ("train", "val"):
        path = sorted((tmp_path / "damaged").glob(f"*/{split}/*.jpg"))[0]
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return tmp_path / "damaged"


def cut_off(damaged: Path, split: str) -> str:
    return str(sorted(damaged.glob(f"*/{split}/*.jpg"))[0])


def test_training_skips_a_truncated_image_names_it_and_counts(run, damaged, tmp_path):
    words = sets(settings(damaged))
    answer = run("train", "--name", "n", *words, "--steps", "4", "--json")
    assert answer.code == 0, answer.err
    path = cut_off(damaged, "train")
    assert list(json.loads(answer.out)["skipped"]) == [path]
    assert f"skipped 1 images that cannot be used, {path}" in answer.err
    assert f"skipped {path}" in (tmp_path / "save_dir" / "n" / "log.txt").read_text()


def test_images_of_another_size_are_said_by_training_and_by_evaluation(run, world, tmp_path):
    resized = tmp_path / "resized"
    shutil.copytree(world / "pictures", resized)
    for path in resized.glob("*/*/*.jpg"):
        cv2.imwrite(str(path), cv2.imread(str(path))[:-8])

    trained = run("train", "--name", "n", *sets(settings(resized)), "--steps", "4")
    refused(trained, "in the file, annotated", "training images can be used")

    words = ("--save-dir", world / "save_dir", "--set", f"data.path={resized}")
    answer = run("eval", "--name", "base", *words)
    assert answer.code == 0
    assert "2 of 2 images have another size than annotated" in answer.err


def test_strict_training_stops_at_a_truncated_image(run, damaged):
    answer = run("train", "--name", "n", *sets(settings(damaged)), "--steps", "4", "--strict")
    refused(answer, cut_off(damaged, "train"), "--strict")


def test_evaluation_counts_a_truncated_image_as_nobody_found(run, world, damaged):
    words = ("--save-dir", world / "save_dir", "--set", f"data.path={damaged}")
    answer = run("eval", "--name", "base", *words, "--json")
    assert answer.code == 0, answer.err
    result = json.loads(answer.out)
    assert (result["images"], result["unreadable"]) == (2, [cut_off(damaged, "val")])
    assert cut_off(damaged, "val") in answer.err
    assert "1 of 2 images could not be read" in answer.err
    refused(run("eval", "--name", "base", *words, "--strict"), cut_off(damaged, "val"))


def test_inference_skips_truncated_images_names_them_and_counts(run, world, damaged, tmp_path):
    good = sorted(damaged.glob("*/val/*.jpg"))[1]
    png = tmp_path / "half.png"
    png.write_bytes(next(world.glob("save_dir/base/train_vis_dir/*.png")).read_bytes()[:500])
    images = (cut_off(damaged, "val"), good, png)
    words = ("--name", "base", "--save-dir", world / "save_dir", "--out", tmp_path / "out")
    answer = run("infer", *images, *words, "--json")
    assert answer.code == 0, answer.err
    assert [entry["image"] for entry in json.loads(answer.out)["images"]] == [str(good)]
    assert cut_off(damaged, "val") in answer.err
    assert str(png) in answer.err
    assert "2 of 3 images were skipped" in answer.err
    refused(run("infer", *images, *words, "--strict"), cut_off(damaged, "val"))
    refused(run("infer", png, *words), "none of the 1 images")


def test_inference_takes_a_folder_and_overwrites_no_image(run, world, tmp_path):
    """Pictures are written beside the images, which have their names, and each its own."""
    drawn = sorted(world.glob("pictures/*/val/*.jpg"))[0]
    for name in ("a.png", "a.jpg", "a_1.JPEG", "notes.txt"):
        shutil.copy(drawn, tmp_path / name)
    words = ("--name", "base", "--save-dir", world / "save_dir", "--out", tmp_path, "--json")
    answer = run("infer", tmp_path, *words)
    assert answer.code == 0, answer.err
    entries = json.loads(answer.out)["images"]
    names = ["a.jpg", "a.png", "a_1.JPEG"]
    assert [Path(entry["image"]).name for entry in entries] == names
    assert len({entry["picture"] for entry in entries}) == 3
    for name in names:
        assert (tmp_path / name).read_bytes() == drawn.read_bytes()
    (tmp_path / "empty").mkdir()
    refused(run("infer", tmp_path / "empty", *words), "holds no image")


# Names


@pytest.mark.parametrize(
    ("option", "name", "nearest"),
    [
        ("--model", "MobilenetThinOpenpos", "'MobilenetThinOpenpose'"),
        ("--backbone", "MobilnetV1", "'MobilenetV1'"),
        ("--dataset", "Cocoo", "'COCO'"),
        ("--model", "Nonsense", "there are"),
    ],
)
@pytest.mark.parametrize("command", ["train", "eval"])
def test_an_unknown_component_names_the_nearest(run, world, command, option, name, nearest):
    run_name = "base" if command == "eval" else "n"
    answer = run(command, "--name", run_name, "--save-dir", world / "save_dir", option, name)
    refused(answer, option[2:], repr(name), nearest)


def test_a_run_that_is_not_there_names_those_that_are(run, world):
    where = ("--save-dir", world / "save_dir")
    refused(run("eval", "--name", "other", *where), "other", "base")
    refused(run("infer", "x.jpg", "--name", "other", *where), "other", "base")
    refused(run("train", "--resume", "--name", "other", *where), "other", "without --resume")
    refused(run("infer", "x.jpg", "--name", "base", *where), "no image file x.jpg")


def test_a_run_is_not_overwritten_by_a_new_training(run, world):
    weights = world / "save_dir" / "base" / "model_dir" / "newest_model.npz"
    before = weights.read_bytes()
    answer = run("train", "--name", "base", "--save-dir", world / "save_dir", *small(world))
    refused(answer, "base", "--resume", "--name")
    assert weights.read_bytes() == before


# A checkpoint of another architecture


@pytest.mark.parametrize("command", ["eval", "train --resume"])
def test_a_checkpoint_of_another_architecture_says_which_arrays_differ(run, world, command):
    folder = world / "save_dir" / "base"
    before = {path: path.read_bytes() for path in (folder / "model_dir").iterdir()}
    before[folder / "config.json"] = (folder / "config.json").read_bytes()
    where = ("--name", "base", "--save-dir", world / "save_dir", "--quiet")
    sentence = refused(
        run(*command.split(), *where, "--backbone", "MobilenetV1"), "is missing", "left over"
    )
    assert any(name in sentence for name in load_weights(folder / "model_dir/newest_model.npz"))
    refused(run(*command.split(), *where, "--set", "model.width=0.5"), "has shape", "needs")
    for path, content in before.items():
        assert path.read_bytes() == content, path
    assert run("eval", *where).code == 0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half", b"text"])
def test_a_damaged_checkpoint_is_named(run, world, tmp_path, content):
    shutil.copytree(world / "save_dir", tmp_path / "copy")
    path = tmp_path / "copy" / "base" / "model_dir" / "newest_model.npz"
    path.write_bytes(content)
    refused(run("eval", "--name", "base", "--save-dir", tmp_path / "copy"), str(path))


# The input size


@pytest.mark.parametrize(
    ("size", "parts"),
    [
        ("100x64", ["100x64", "96x64", "104x64", "8"]),
        ("5x5", ["8x8"]),
        ("64", ["model.input_size", "64"]),
        ("wide", ["model.input_size", "wide"]),
        ("0x64", ["model.input_size"]),
        ("-64x64", ["model.input_size"]),
    ],
)
def test_an_input_size_that_does_not_fit_names_one_that_does(run, size, parts):
    refused(run("train", "--name", "n", f"--input-size={size}"), *parts)


# The save folder


def test_a_file_in_the_place_of_the_save_folder(run, world, tmp_path):
    (tmp_path / "file").write_text("")
    for name, folder in (("n", tmp_path / "file"), ("file", tmp_path)):
        answer = run("train", "--name", name, "--save-dir", folder, *small(world))
        refused(answer, str(tmp_path / "file"), "--save-dir")
    refused(run("demo", "--save-dir", tmp_path / "file"), str(tmp_path / "file"))
    image = next(world.glob("pictures/*/val/*.jpg"))
    words = ("--name", "base", "--save-dir", world / "save_dir", "--out", tmp_path / "file")
    refused(run("infer", image, *words), str(tmp_path / "file"), "--out")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_save_folder_without_permission(run, world, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    answer = run("train", "--name", "n", "--save-dir", tmp_path / "closed", *small(world))
    refused(answer, str(tmp_path / "closed"))


def test_a_save_folder_on_a_file_system_that_refuses(run, world):
    """`/proc` refuses everybody, root too."""
    if not Path("/proc/self").is_dir():
        pytest.skip("there is no /proc here")
    answer = run("train", "--name", "n", "--save-dir", "/proc/runs", *small(world))
    refused(answer, "/proc/runs", "--save-dir")


# Settings


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("train.step=3", ["train.step", "train.steps"]),
        ("trian.steps=3", ["trian.steps", "train.steps"]),
        ("model.nam=x", ["model.name"]),
        ("train.steps=many", ["train.steps", "an integer", "'many'"]),
        ("train.steps=1.5", ["an integer", "1.5"]),
        ("eval.flip=perhaps", ["true or false", "'perhaps'"]),
        ("train.optimizer=Adagrad", ["there are AdamW, Adam, SGD, RMSprop", "'Adagrad'"]),
        ("train.optimizer=SGD(momentun=0.9)", ["'momentun'", "momentum"]),
        ("train.schedule=step(evry=2)", ["'evry'", "every"]),
        ("train.objectives=['domian']", ["'domian'", "domain"]),
        ("data.scale=[2.0, 1.0]", ["data.scale", "smaller first"]),
        ("data.options={pictures = 3}", ["'pictures'", "train_images"]),
        ("data.augmentations=['blurr']", ["'blurr'", "blur"]),
        ("data.filters=['daylight']", ["filter", "'daylight'"]),
        ("data.datasets=[{type='synthetic', filters=['daylight']}]", ["filter", "'daylight'"]),
        ("nonsense", ["group.key=value"]),
    ],
)
def test_unknown_settings_and_wrong_types(run, monkeypatch, tmp_path, text, parts):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    refused(run("train", "--name", "n", "--steps", "1", "--set", text), *parts)
    assert not (tmp_path / "cache" / "hyperpose" / "synthetic").exists(), "pictures were drawn"


@pytest.mark.parametrize(
    ("text", "part", "commands"),
    [
        ("eval.metrics=['okss']", "okss", ("train", "eval")),
        ("data.filters=['daylight']", "daylight", ("train", "eval")),
        ("train.best_metric=pck(treshold=0.1)", "treshold", ("train",)),
    ],
)
def test_what_evaluations_name_is_looked_for_before_data_is_read(run, world, text, part, commands):
    more = ("--set", "data.path=nowhere", "--set", "data.filter_eval=true", "--set", text)
    for command in commands:
        where = ("--save-dir", world / "save_dir") if command == "eval" else ()
        words = (command, "--name", "base", *where, "--set", "train.eval_interval=1")
        refused(run(*words, *more), part)
        assert not Path("nowhere").exists(), "pictures were drawn"


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("[train\n", ["is not TOML"]),
        ("[trian]\nsteps = 3\n", ["'trian'", "train"]),
        ("[train]\nstep = 3\n", ["train.steps"]),
        ("[train]\nsteps = 'many'\n", ["an integer", "'many'"]),
        ("steps = 3\n", ["train.steps"]),
    ],
)
@pytest.mark.parametrize("command", ["train", "eval"])
def test_a_wrong_settings_file_is_named(run, tmp_path, command, content, parts):
    path = tmp_path / "settings.toml"
    path.write_text(content)
    refused(run(command, "--name", "n", "--config", path), str(path), *parts)


def test_a_missing_settings_file(run):
    refused(run("train", "--config", "none.toml"), "none.toml", "No such file")


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b"])
def test_a_run_name_that_is_no_folder_name(run, name):
    refused(run("train", "--name", name), "model.name")


# The same in a process of its own


def test_a_process_ends_with_2_and_one_sentence(world, tmp_path):
    words = ("train", "--name", "n", "--dataset", "coco", "--data", tmp_path)
    result: subprocess.CompletedProcess[str] = hyperpose(*words, cwd=tmp_path)
    refused(Answer(result.returncode, result.stdout, result.stderr), "cocodataset.org")


def test_debug_shows_the_traceback_of_a_bad_input(run):
    answer = run("train", "--name", "n", "--input-size", "100x64", "--debug")
    assert answer.code == 2
    assert "Traceback (most recent call last)" in answer.err
    assert answer.err.splitlines()[-1].startswith("Error: the input size 100x64")
