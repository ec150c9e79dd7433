"""`check-data`: every kind of damage is found and named, and what is in a dataset is counted."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from coco_people import (
    annotation,
    custom_config,
    facing,
    turned,
    write_annotations,
    write_images,
)

from hyperpose_coco.skeleton import COCO
from hyperpose_core.cli import main
from hyperpose_core.errors import DataError
from hyperpose_datatools.checking import check_data
from hyperpose_datatools.checking.sides import Sides, exchanged, pair_gaps
from hyperpose_datatools.checking.table import table
from hyperpose_mpii.skeleton import MPII


@pytest.fixture
def folder(tmp_path):
    """A dataset with nothing wrong: 12 images with a person each, then one with nobody."""
    write_images(tmp_path / "images" / "train", 13)
    save(tmp_path, [annotation(i, i, facing()) for i in range(1, 13)])
    return tmp_path


def save(folder, annotations, images=None):
    names = sorted((folder / "images" / "train").glob("*.jpg"), key=lambda path: int(path.stem))
    entries = [{"id": int(p.stem), "file_name": p.name, "width": 100, "height": 120} for p in names]
    path = folder / "annotations" / "train.json"
    write_annotations(path, entries if images is None else images, annotations)


def check(folder, **more):
    return check_data(custom_config(folder), ["train"], **more)


def test_nothing_is_found_where_nothing_is_wrong(folder):
    report = check(folder)
    assert report.counts == {}
    train = report.splits["train"]
    assert (train["images"], train["without_people"], train["people"]) == (13, 1, 12)
    assert train["people_per_image"] == {"0": 1, "1": 12}
    assert train["image_sizes"]["width"]["median"] == 100
    assert train["keypoints_per_person"] == dict.fromkeys(("min", "p5", "median", "p95", "max"), 17)
    assert train["visibility"]["nose"] == {"not_annotated": 0, "occluded": 0, "visible": 1}
    assert report.sides["eye"] == {"count": 12, "facing": 1.0}
    assert "nothing looks wrong" in table(report)


def test_names_in_files_neither_move_the_cursor_nor_end_a_line(folder, capsys):
    images = folder / "images" / "train"
    shutil.copyfile(images / "1.jpg", images / "\x1b[2J\n1.jpg")
    path = folder / "annotations" / "train.json"
    content = json.loads(path.read_text())
    content["images"][12]["file_name"] = "\x1b[2J\n1.jpg"
    content["categories"][0]["keypoints"][0] = "\x1b[2J\nnothing looks wrong"
    path.write_text(json.dumps(content))
    words = ["--data", str(folder), "--split", "train", "--quiet"]
    assert main(["check-data", "coco-custom", *words]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert not {"nothing looks wrong", "1.jpg"} & {line[:19] for line in out.splitlines()}
    assert r"\x1b[2J\n1.jpg" in out
    assert r"\x1b[2J\nnothing looks wrong" in out


def damage_cut(folder, people):
    path = folder / "images" / "train" / "1.jpg"
    path.write_bytes(path.read_bytes()[:-300])


def damage_missing(folder, people):
    (folder / "images" / "train" / "1.jpg").unlink()


def damage_text(folder, people):
    (folder / "images" / "train" / "1.jpg").write_text("no image")


def damage_empty(folder, people):
    (folder / "images" / "train" / "1.jpg").write_bytes(b"")


def damage_same(folder, people):
    images = folder / "images" / "train"
    shutil.copyfile(images / "2.jpg", images / "1.jpg")


def damage_outside(folder, people):
    people[0]["keypoints"][0] = 150.0


def damage_person_id(folder, people):
    people[0]["id"] = people[1]["id"]


def damage_box(folder, people):
    people[0]["bbox"] = [10, 10, 0, 20]


def damage_box_form(folder, people):
    people[0]["bbox"] = [70, 110, 30, 17]  # the corners in the wrong order


def damage_region(folder, people):
    people[0]["segmentation"] = {"size": [120, 100], "counts": [3, 4]}


def damage_area(folder, people):
    people[0]["area"] = 1.0


def damage_unit(folder, people):
    people[0]["area"] = people[0]["bbox"][2] * people[0]["bbox"][3] * 2


def damage_eyes(folder, people):
    people[0]["keypoints"] = swapped(facing(), "eye")


def damage_everything(folder, people):
    people[0]["keypoints"] = facing()[list(COCO.flip)].ravel().tolist()


def damage_hips(folder, people):
    points = facing()
    points[:5] = 0
    people[0]["keypoints"] = swapped(points, "hip")


def damage_body(folder, people):
    people[0]["keypoints"] = swapped(facing(), "shoulder", "hip", "elbow", "wrist", "knee", "ankle")


def swapped(points, *parts):
    points = points.copy()
    for part in parts:
        pair = [COCO.index(f"left_{part}"), COCO.index(f"right_{part}")]
        points[pair] = points[pair[::-1]]
    return points.ravel().tolist()


@pytest.mark.parametrize(
    ("damage", "kind", "words"),
    [
        (damage_cut, "unreadable-image", "cut off"),
        (damage_missing, "unreadable-image", "No such file"),
        (damage_text, "unreadable-image", "it is no image, or a damaged one"),
        (damage_empty, "unreadable-image", "empty"),
        (damage_same, "same-image", "the same bytes as image 1"),
        (damage_outside, "keypoint-outside", "annotation 1: nose at 150,20 in an image of 100x120"),
        (damage_person_id, "repeated-id", "annotation id 2"),
        (damage_box, "bad-box", "annotation 1: the box is empty"),
        (damage_box_form, "bad-box", "far from the box"),
        (damage_area, "bad-area", "annotation 1: the area is 1 and the box"),
        (damage_unit, "bad-area", "annotation 1: the area is"),
        (damage_region, "bad-region", "add up"),
        (damage_eyes, "left-right", "annotation 1: the left one of two visible eyes"),
        (damage_everything, "left-right", "annotation 1: the left one of two visible eyes"),
        (damage_hips, "left-right", "shoulders and hips are crossed"),
        (damage_body, "left-right", "the torso is turned away"),
    ],
)
def test_each_kind_of_damage_is_named(folder, damage, kind, words):
    people = [annotation(i, i, facing()) for i in range(1, 13)]
    names = [{"id": i, "file_name": f"{i}.jpg", "width": 100, "height": 120} for i in range(1, 14)]
    damage(folder, people)
    save(folder, people, names)
    report = check(folder)
    assert set(report.counts) == {kind}, report.findings
    assert words in report.of(kind)[0].detail
    assert words in table(report)


def test_images_of_another_size_and_repeated_images_are_named(folder):
    images = [
        {"id": 1, "file_name": "1.jpg", "width": 120, "height": 100},
        {"id": 2, "file_name": "2.jpg", "width": 100, "height": 120},
        {"id": 2, "file_name": "3.jpg", "width": 100, "height": 120},
    ]
    save(folder, [annotation(1, 2, facing())], images)
    report = check(folder)
    assert report.counts == {"image-size": 1, "repeated-id": 1}
    assert "stored lying" in report.of("image-size")[0].detail
    assert report.of("repeated-id")[0].image == 2


def test_people_without_keypoints_and_crowds_are_counted_and_are_no_findings(folder):
    nobody = np.zeros((17, 3))
    people = [
        annotation(1, 1, facing()),
        annotation(2, 1, nobody),
        annotation(3, 2, nobody, iscrowd=1),
    ]
    save(folder, people)
    report = check(folder)
    train = report.splits["train"]
    assert report.counts == {}
    assert (train["people"], train["people_without_keypoints"], train["crowds"]) == (1, 1, 1)
    assert train["people_per_image"] == {"0": 12, "1": 1}
    assert train["without_people"] == 11


def test_a_mirrored_dataset_is_noticed_as_a_whole(folder):
    mirrored = facing()[list(COCO.flip)]
    save(folder, [annotation(i, i, mirrored) for i in range(1, 13)])
    report = check(folder)
    assert report.counts == {"left-right": 12, "mirrored": 1}
    assert "of 12 pairs of eyes, only 0" in report.of("mirrored")[0].detail


def test_without_eyes_the_majority_decides():
    sides = Sides(MPII)
    points = np.zeros((16, 3), np.float32)
    for name, place in (
        *(("left_shoulder", (36, 35)), ("right_shoulder", (64, 35))),
        *(("left_hip", (40, 70)), ("right_hip", (60, 70))),
    ):
        points[MPII.index(name)] = (*place, 2)
    for _ in range(4):
        assert sides.add(points) is None
    assert sides.mirrored() is None, "four people may well be turned away"
    for _ in range(10):
        sides.add(points)
    assert "of 28 pairs of shoulders and hips, only 0" in sides.mirrored()


@pytest.mark.parametrize("angle", [0, 60, 180, 250])
def test_sides_follow_the_torso_however_a_person_lies(angle):
    turn = np.deg2rad(angle)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    for points, sign in ((facing(), 1), (turned(), -1)):
        points[:, :2] = points[:, :2] @ matrix.T
        gaps = pair_gaps(points.astype(np.float32), COCO)
        assert np.sign(gaps["shoulder"]) == np.sign(gaps["hip"]) == sign
        assert gaps["shoulder"] == pytest.approx(sign * 28 / 35, rel=1e-4)
        assert exchanged(gaps) is None


def test_pairs_that_are_close_are_not_judged():
    assert exchanged({"shoulder": 0.5, "hip": -0.1}) is None
    assert exchanged({"eye": -0.01}) is None
    assert exchanged({}) is None


def test_a_split_that_is_missing_is_a_finding_unless_it_was_asked_for(folder):
    report = check_data(custom_config(folder))
    assert list(report.splits) == ["train"]
    assert [f.split for f in report.of("unreadable-split")] == ["val"]
    with pytest.raises(DataError, match=r"val\.json"):
        check_data(custom_config(folder), ["val"])


def test_images_that_two_splits_share_are_named(folder):
    shutil.copytree(folder / "images" / "train", folder / "images" / "val")
    shutil.copyfile(folder / "annotations" / "train.json", folder / "annotations" / "val.json")
    report = check_data(custom_config(folder))
    assert report.counts == {"same-image": 13}
    assert "as image 1 of train" in report.of("same-image")[0].detail


def test_the_command_prints_json_and_its_exit_code_says_what_it_found(folder, capsys):
    words = ["check-data", "coco-custom", "--data", str(folder), "--split", "train", "--quiet"]
    assert main([*words, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["counts"] == {}
    assert main([*words, "--strict"]) == 0
    damage_text(folder, [])
    capsys.readouterr()
    assert main([*words, "--limit", "5"]) == 0
    assert main([*words, "--strict", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out.partition("\n{\n")[2].join(["{", ""]))
    assert answer["findings"]["unreadable-image"][0]["image"] == 1
    assert main(["check-data", "coco-custom", "--data", str(folder / "no"), "--quiet"]) == 2
    assert "annotation file not found" in capsys.readouterr().err


def test_real_coco_has_nothing_wrong_but_one_suspect(shared_data):
    config = custom_config(shared_data)
    config.data.type, config.data.path = "COCO", str(shared_data / "coco")
    report = check_data(config)
    assert report.counts == {"left-right": 1}
    assert report.of("left-right")[0].image == 57597
    assert report.sides["eye"]["facing"] == 1.0
    assert report.splits["val"]["people"] == 160
    assert report.splits["val"]["people_without_keypoints"] + 8 == 253 - 160
    assert report.splits["val"]["crowds"] == 8


def test_each_of_several_datasets_is_checked(folder, capsys):
    """The second one has a picture that is cut off."""
    other = folder / "other"
    for name in ("annotations", "images"):
        shutil.copytree(folder / name, other / name)
    (other / "images" / "train" / "2.jpg").write_bytes(b"")
    places = ", ".join(f'{{type = "coco-custom", path = "{path}"}}' for path in (folder, other))
    config = folder / "both.toml"
    config.write_text(f"[data]\ndatasets = [{places}]\n")
    words = ["check-data", "MULTIPLE", "--config", str(config), "--split", "train", "--quiet"]
    assert main([*words, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    names = ["coco-custom (1)", "coco-custom (2)"]
    assert list(report["splits"]) == [f"train of {name}" for name in names]
    [finding] = report["findings"]["unreadable-image"]
    assert (finding["split"], finding["image"]) == ("train of coco-custom (2)", 2)
    assert {name.partition(" of ")[2] for name in report["sides"]} == set(names)


def test_a_keypoint_in_no_limb_is_a_finding(folder):
    file = folder / "annotations" / "train.json"
    given = json.loads(file.read_text())
    names = [f"mark_{i}" for i in range(17)]  # COCO's would get the model's own limbs
    given["categories"][0] |= {"keypoints": names, "skeleton": [[i, i + 1] for i in range(1, 16)]}
    file.write_text(json.dumps(given))
    config = custom_config(folder)
    [found] = check_data(config, ["train"]).of("not-found-again")
    assert "joins mark_16 to the others" in found.detail


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [1e38, 3e38, 1e-40, 1e30])
def test_boxes_of_any_size_are_counted(folder, capsys, size):
    people = [annotation(i, i, facing()) for i in range(1, 13)]
    for person in people[:3]:
        person["bbox"] = [size] * 4
    people[3]["keypoints"][:2] = [size, -size]
    save(folder, people)
    words = ["--data", str(folder), "--split", "train", "--quiet"]
    assert main(["check-data", "coco-custom", *words, "--json"]) == 0
    said = capsys.readouterr()
    document = json.loads(said.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert document["splits"]["train"]["person_sizes"]["max"] >= 61
    assert main(["check-data", "coco-custom", *words]) == 0
    assert "Warning" not in said.err + capsys.readouterr().err
