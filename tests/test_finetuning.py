"""Fine-tuning: a training that begins with a whole trained model."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from hyperpose import Config
from hyperpose_core.build.weights import load_weights
from hyperpose_core.cli.main import main
from hyperpose_core.runs import Run

FOUR = ("nose", "left_eye", "right_eye", "tail")
THREE = ("right_eye", "nose", "fin")
SMALL = ("--input-size", "64x64", "--batch-size", "2", "--set", "model.width=0.25")
STILL = ("--set", "train.learning_rate=0", "--set", "train.weight_decay=0")
PAGE = Path(__file__).resolve().parent.parent / "docs" / "finetuning.md"


def data(folder: Path, keypoints, limbs) -> Path:
    """Write two images of one thing each, in COCO's form."""
    for split in ("train", "val"):
        (folder / "images" / split).mkdir(parents=True)
        (folder / "annotations").mkdir(exist_ok=True)
        images, things = [], []
        for number in (1, 2):
            image = np.full((64, 96, 3), 40 * number, np.uint8)
            cv2.imwrite(str(folder / "images" / split / f"{number}.png"), image)
            images.append({"id": number, "file_name": f"{number}.png", "width": 96, "height": 64})
            points = [(15 + 20 * i, 20 + 10 * (i % 2)) for i in range(len(keypoints))]
            things.append(
                {
                    **{"id": number, "image_id": number, "category_id": 1, "iscrowd": 0},
                    "keypoints": [v for x, y in points for v in (x, y, 2)],
                    **{"num_keypoints": len(points), "bbox": [5, 5, 85, 50], "area": 2000},
                }
            )
        pairs = [[keypoints.index(a) + 1, keypoints.index(b) + 1] for a, b in limbs]
        category = {"id": 1, "name": "fish", "keypoints": list(keypoints), "skeleton": pairs}
        content = {"images": images, "annotations": things, "categories": [category]}
        (folder / "annotations" / f"{split}.json").write_text(json.dumps(content))
    return folder


@pytest.fixture(scope="module")
def four(tmp_path_factory) -> Path:
    """A run of four keypoints."""
    folder = tmp_path_factory.mktemp("four")
    limbs = [("nose", "left_eye"), ("nose", "right_eye"), ("nose", "tail")]
    where = ("--dataset", "coco-custom", "--data", str(data(folder / "data", FOUR, limbs)))
    words = ("train", "--name", "four", "--save-dir", str(folder), *where, *SMALL, "--steps", "2")
    assert main([*words, "--set", "model.stages=2", "--seed", "7", "--quiet"]) == 0
    return folder / "four"


@pytest.fixture
def three(tmp_path) -> tuple[str, ...]:
    """Words for data of three keypoints, one of them new, and a limb the other way."""
    limbs = [("right_eye", "nose"), ("nose", "fin")]
    return ("--dataset", "coco-custom", "--data", str(data(tmp_path / "data", THREE, limbs)))


def begin(tmp_path, three, origin, *more, steps=0):
    words = ("--save-dir", str(tmp_path), *three, "--batch-size", "2", "--set", "data.flip=0")
    name = ("--name", "mine", "--from", str(origin), "--steps", str(steps))
    return main(["train", *name, *words, *STILL, *more])


ALONE = (
    'model.skeleton={name="mine", keypoints=["right_eye", "nose", "fin"], limbs=[[0, 1], [1, 2]]}'
)
"""The skeleton of the data of three keypoints: a model of these and of no others."""


def test_channels_go_over_by_name_and_it_is_said(tmp_path, three, four, capsys):
    assert begin(tmp_path, three, four, "--set", ALONE, steps=1) == 0
    said = capsys.readouterr().err
    assert "of the keypoints right_eye, nose came along, fin is new\n" in said
    run, old = Run(tmp_path / "mine"), load_weights(four / "model_dir" / "newest_model.npz")
    new = load_weights(run.newest_model)
    # It has the origin's sizes, without a word about them, and its own keypoints.
    settings = json.loads(run.config.read_text())["config"]["model"]
    assert (settings["width"], settings["stages"], settings["input_size"]) == (0.25, 2, [64, 64])
    head = "stage2/conf/4/filters"
    assert new[head].shape[-1] == 4
    np.testing.assert_array_equal(new[head][..., [0, 1]], old[head][..., [2, 0]])
    field = "stage1/paf/4/filters"
    np.testing.assert_array_equal(new[field][..., :2], -old[field][..., 2:4])
    np.testing.assert_array_equal(new["backbone/low/0/0/filters"], old["backbone/low/0/0/filters"])
    log = run.log.read_text()
    assert "nose: as it was" in log
    assert "right_eye to nose, x: with its sign turned" in log
    assert "fin: new" in log


def test_what_only_the_origin_has_stays_to_hold_people_together(tmp_path, three, four, capsys):
    table = ("--set", "model.options={min_parts=2}")
    assert begin(tmp_path, three, four, *table, steps=1) == 0
    said = capsys.readouterr().err
    assert "fin is new; left_eye, tail stay in the network to hold people together" in said
    assert "are not learned" not in said
    run, old = Run(tmp_path / "mine"), load_weights(four / "model_dir" / "newest_model.npz")
    new = load_weights(run.newest_model)
    # right eye, nose, fin, left eye, tail, background
    names = ("stage1/conf/4/filters", "stage2/conf/4/biases", "stage2/conf/4/filters")
    for name in names:
        np.testing.assert_array_equal(
            new[name][..., [0, 1, 3, 4, 5]], old[name][..., [2, 0, 1, 3, 4]]
        )
    np.testing.assert_array_equal(new["stage2/paf/4/filters"][..., :6], old["stage2/paf/4/filters"])
    settings = json.loads(run.config.read_text())["config"]["model"]
    assert settings["options"] == {"auxiliary": ["left_eye", "tail"], "min_parts": 2}
    where = ("--save-dir", str(tmp_path), "--set", "data.options.sigmas=[0.1, 0.1, 0.1]")
    assert main(["eval", "--name", "mine", *where]) == 0
    assert begin(tmp_path, three, run.folder, "--name", "again") == 0, (
        "a run of it is an origin too"
    )
    again = Run(tmp_path / "again")
    assert json.loads(again.config.read_text())["config"]["model"]["options"] == settings["options"]
    for name, array in load_weights(again.newest_model).items():
        np.testing.assert_array_equal(array, new[name], err_msg=name)


def test_python_has_from_it_what_it_does_not_set(tmp_path, three, four):
    settings = {"data.type": "coco-custom", "data.path": three[-1], "model.stages": 1}
    settings["model.options"] = {"min_parts": 2}
    try:
        for key, value in {**settings, "train.norm": "frozen"}.items():
            Config.set_option(key, value)
        Config.set_model_weights(four)
        config = Config.get_config()
    finally:
        Config.reset()
    assert (config.model.width, config.model.input_size, config.model.stages) == (0.25, (64, 64), 1)
    assert config.model.skeleton.keypoints == (*THREE, "left_eye", "tail")
    assert config.model.options == {"auxiliary": ["left_eye", "tail"], "min_parts": 2}
    assert config.train.norm == "frozen", "its own is batch, and this was set"


def test_a_run_of_the_same_name_in_the_folder_of_runs_is_found(tmp_path, three, four):
    (tmp_path / "old").symlink_to(four)
    assert begin(tmp_path, three, "old") == 0


@pytest.mark.parametrize("inside", [False, True])
def test_one_of_its_models_is_a_file(tmp_path, three, four, capsys, monkeypatch, inside):
    folder = four / "model_dir"
    if inside:
        monkeypatch.chdir(folder)
    assert (
        begin(tmp_path, three, "newest_model.npz" if inside else folder / "newest_model.npz") == 0
    )
    assert "fin is new" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--model", "LightweightOpenpose"), "% of the model's arrays are in"),
        (("--set", "model.width=0.5"), "--partial"),
    ],
)
def test_too_little_is_refused_unless_asked_for(tmp_path, three, four, capsys, more, said):
    assert begin(tmp_path, three, four, *more) != 0
    assert said in capsys.readouterr().err
    assert not (tmp_path / "mine").exists()
    if "LightweightOpenpose" not in more:
        assert begin(tmp_path, three, four, *more, "--partial") == 0


def test_what_is_not_there_is_said(tmp_path, three, capsys):
    assert begin(tmp_path, three, "nowhere") != 0
    assert "there is no run of that name in" in capsys.readouterr().err
    assert not (tmp_path / "mine").exists()


def test_a_folder_without_weights_and_a_damaged_file_are_called_so(tmp_path, three, four, capsys):
    (tmp_path / "bare").mkdir()
    whole = (four / "model_dir" / "newest_model.npz").read_bytes()
    (tmp_path / "half.npz").write_bytes(whole[: len(whole) // 2])
    for origin, said in (
        (tmp_path / "bare", f"the folder {tmp_path / 'bare'} is no run with weights"),
        ("bare", f"the folder {tmp_path / 'bare'} is no run with weights"),
        (tmp_path / "half.npz", f"recognises the file {tmp_path / 'half.npz'}: it is damaged, or"),
    ):
        assert begin(tmp_path, three, origin) == 2
        assert said in capsys.readouterr().err
    assert not (tmp_path / "mine").exists()


@pytest.mark.slow
def test_a_run_goes_on_without_what_it_began_with(tmp_path, three, four, capsys):
    origin = tmp_path / "origin"
    shutil.copytree(four, origin)
    assert begin(tmp_path, three, origin, steps=1) == 0
    shutil.rmtree(origin)
    words = ("train", "--name", "mine", "--save-dir", str(tmp_path), "--resume", "--steps", "2")
    assert main([*words]) == 0
    assert "is not read" not in capsys.readouterr().err
    assert main([*words, "--from", str(four)]) == 0
    assert f"model.weights is {str(four)!r} and is not read" in capsys.readouterr().err


def test_a_run_of_weights_alone_may_begin_with_itself(tmp_path, three, four, capsys):
    run = Run(tmp_path / "mine")
    run.model_dir.mkdir(parents=True)
    run.newest_model.write_bytes((four / "model_dir" / "newest_model.npz").read_bytes())
    run.config.write_bytes((four / "config.json").read_bytes())
    there = ("--dataset", "coco-custom", "--data", str(four.parent / "data"))
    assert main(["train", "--name", "mine", "--save-dir", str(tmp_path), *there]) == 2
    assert f"--from {run.folder}" in capsys.readouterr().err
    assert begin(tmp_path, there, run.folder, steps=1) == 0
    old = load_weights(four / "model_dir" / "newest_model.npz")
    new = load_weights(run.newest_model)
    for name in (name for name in old if not name.endswith(("moving_mean", "moving_var"))):
        np.testing.assert_array_equal(new[name], old[name], err_msg=name)


@pytest.mark.slow
def test_the_pages_commands_run(tmp_path, three, four, monkeypatch):
    """Those of `docs/finetuning.md`, with the tiny run in place of what they name."""
    text = PAGE.read_text(encoding="utf-8").replace("\\\n", " ")
    commands = re.findall(r"^    (hyperpose .*)$", text, re.MULTILINE)
    assert len(commands) >= 4
    monkeypatch.chdir(tmp_path)
    Path("my_data").symlink_to(tmp_path / "data")
    Path("save_dir").mkdir()
    Path("save_dir/lw").symlink_to(four)
    for number, command in enumerate(commands):
        words = shlex.split(command)[1:]
        if words[0] == "train":
            words = [w.replace("lightweight_openpose_coco.npz", "save_dir/lw") for w in words]
            if "--model" in words:  # the tiny run is of another architecture
                del words[words.index("--model") : words.index("--model") + 2]
            words += ["--steps", "1", "--batch-size", "2"]
            if number:
                words += ["--set", "data.flip=0"]
        if words[0] == "eval":
            words += ["--set", "data.options.sigmas=[0.1, 0.1, 0.1]"]
        name = words.index("--name") + 1 if "--name" in words else 0
        if words[0] == "train" and Path("save_dir", words[name]).exists():
            words[name] += f"-{number}"
        assert main(words) in ((0, 1) if words[0] == "check-data" else (0,)), command
