"""Conversion to and from MPII's official file, through the installed datasets."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hyperpose_coco.skeleton import COCO
from hyperpose_core.config import Config
from hyperpose_core.data.raw import RawSample, RawSplit
from hyperpose_core.errors import DataError, InputError
from hyperpose_datatools.checking import check_data
from hyperpose_datatools.conversion import convert_annotations
from hyperpose_datatools.splits import open_split
from hyperpose_mpii.skeleton import MPII
from hyperpose_mpii.writer import write

FILE = "mpii_human_pose_v1_u12_1.mat"


def mpii(folder, split="train"):
    config = Config()
    config.data.type, config.data.path = "mpii", str(folder)
    return open_split(config, split)


@pytest.fixture
def real(shared_data, tmp_path):
    """The real files, in a folder in which what is read of them may be kept."""
    folder = tmp_path / "real"
    folder.mkdir()
    for name in (FILE, "images", "split.json"):
        (folder / name).symlink_to(shared_data / "mpii" / name)
    return folder


def test_mpii_to_mpii_keeps_what_the_file_holds(real, tmp_path):
    for split in ("train", "valid"):
        source = mpii(real, split)
        target = tmp_path / split
        (target / "images").parent.mkdir()
        (target / "images").symlink_to(real / "images")
        (target / "split.json").write_text('{"valid": []}')
        done = convert_annotations(
            real, target / FILE, source_format="mpii", to="mpii", split=split
        )
        assert done.lost == []
        again = mpii(target)
        assert [s.image_id for s in again.samples] == [s.image_id for s in source.samples]
        for ours, theirs in zip(again.samples, source.samples, strict=True):
            np.testing.assert_allclose(ours.keypoints, theirs.keypoints, atol=1e-3)
            np.testing.assert_allclose(ours.boxes, theirs.boxes, atol=1e-3)
            np.testing.assert_allclose(ours.head_boxes, theirs.head_boxes, atol=1e-3)


def test_mpii_to_coco_and_back_keeps_keypoints(real, tmp_path):
    source = mpii(real)
    first = convert_annotations(real, tmp_path / "a.json", source_format="mpii", to="coco")
    assert first.people == sum(len(sample.keypoints) for sample in source.samples)
    assert first.lost[-1].startswith("head boxes and scales: ")
    content = json.loads((tmp_path / "a.json").read_text())
    assert content["categories"][0]["keypoints"] == list(MPII.keypoints)
    (tmp_path / "images").symlink_to(real / "images")
    (tmp_path / "split.json").write_text('{"valid": []}')
    second = convert_annotations(
        tmp_path / "a.json", tmp_path / FILE, to="mpii", images=tmp_path / "images"
    )
    assert any("PCKh" in text for text in second.lost)
    again = {sample.image_id: sample for sample in mpii(tmp_path).samples}
    assert len(again) == len(source.samples)
    for sample in source.samples:
        np.testing.assert_allclose(again[sample.image_id].keypoints, sample.keypoints, atol=1e-3)


def test_coco_to_mpii_invents_what_can_be_invented_and_masks_the_rest(shared_data, tmp_path):
    source = shared_data / "coco" / "annotations" / "person_keypoints_val2017.json"
    images = shared_data / "coco" / "val2017"
    done = convert_annotations(source, tmp_path / FILE, to="mpii", images=images, split="val")
    people = json.loads(source.read_text())["annotations"]
    count = sum(v > 0 for person in people for v in person["keypoints"][2:15:3])
    dropped = f"the keypoints nose, left_eye, right_eye, left_ear, right_ear: {count} points"
    assert dropped in done.lost
    assert "crowds: 8" in done.lost
    (tmp_path / "images").symlink_to(images)
    split = mpii(tmp_path)
    assert len(split.samples) == 44
    config = Config()
    config.data.type, config.data.path = "COCO", str(shared_data / "coco")
    coco = {sample.image_id: sample for sample in open_split(config, "val").samples}
    for sample in split.samples:
        theirs = coco[sample.image_id].keypoints
        for name in ("left_ankle", "right_wrist", "left_shoulder"):
            ours = sample.keypoints[:, MPII.index(name)]
            wanted = theirs[:, COCO.index(name)]
            np.testing.assert_allclose(ours[ours[:, 2] > 0], wanted[wanted[:, 2] > 0], atol=1e-3)
    config.data.type, config.data.path = "mpii", str(tmp_path)
    found = check_data(config, ["train"]).counts
    # a box around the only joint of a person is a point
    assert set(found) <= {"bad-box", "left-right"}


def test_check_data_names_an_image_of_mpii_that_is_missing(real, tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / FILE).symlink_to(real / FILE)
    (tmp_path / "split.json").symlink_to(real / "split.json")
    for path in sorted((real / "images").iterdir())[1:]:
        (tmp_path / "images" / path.name).symlink_to(path)
    config = Config()
    config.data.type, config.data.path = "mpii", str(tmp_path)
    report = check_data(config)
    assert report.counts == {"unreadable-image": 1}


def test_two_images_of_one_name_do_not_fit_mpii(tmp_path):
    images = [{"id": i, "file_name": f"{i}/x.jpg", "width": 9, "height": 9} for i in (1, 2)]
    category = {"id": 1, "name": "person", "keypoints": list(MPII.keypoints)}
    content = {"images": images, "annotations": [], "categories": [category]}
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match="same name"):
        convert_annotations(tmp_path / "a.json", tmp_path / FILE, to="mpii")
    assert not (tmp_path / FILE).exists()


def test_images_whose_size_nothing_says_are_an_error(real, tmp_path):
    (tmp_path / FILE).symlink_to(real / FILE)
    with pytest.raises(DataError, match="cannot be read, and nothing else says their size"):
        convert_annotations(tmp_path, tmp_path / "a.json", source_format="mpii", to="coco")
    assert not (tmp_path / "a.json").exists()


def test_what_mpiis_file_has_no_word_for_is_counted(tmp_path):
    images = [
        {"id": i, "file_name": f"{i}/{name}.jpg", "width": 9, "height": 9}
        for i, name in ((1, "1"), (2, "x"))
    ]
    category = {"id": 1, "name": "gorilla", "keypoints": list(MPII.keypoints)}
    person = {"id": 1, "image_id": 1, "category_id": 1, "keypoints": [3, 4, 2] * 16}
    person |= {"bbox": [1, 1, 5, 5], "area": 20, "segmentation": [[1, 1, 5, 1, 5, 5]]}
    content = {"images": images, "annotations": [person], "categories": [category]}
    (tmp_path / "a.json").write_text(json.dumps(content))
    assert convert_annotations(tmp_path / "a.json", tmp_path / FILE, to="mpii").lost == [
        "areas: 1",
        "segmentations: 1",
        "boxes: 1 (scale and position are made of them)",
        "folders of images: 2 (MPII has names without folders)",
        "ids of images: 1 (MPII has names only)",
        "the category gorilla of 2 images",
        "there are no head boxes in 1 images: PCKh cannot be scored on them",
    ]


@pytest.mark.parametrize("name", ["..", "/", "a\\b.jpg", "a\0b.jpg"])
def test_names_that_the_reader_refuses_are_not_written(tmp_path, name):
    nobody = np.zeros((0, 16, 3), np.float32), np.zeros((0, 4), np.float32)
    samples = [RawSample(1, Path("1.jpg"), 9, 9, *nobody), RawSample(2, Path(name), 9, 9, *nobody)]
    with pytest.raises(DataError, match=r"an image is called .*: rename it; nothing was written"):
        write(RawSplit("train", MPII, samples, "person"), tmp_path / FILE)
    assert not (tmp_path / FILE).exists()
