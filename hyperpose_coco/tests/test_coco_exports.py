"""coco-custom on what labelling tools write: values left out, numbers as text, Windows' names."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from hyperpose_core.build import get_dataset
from hyperpose_core.cli.main import main
from hyperpose_core.config import resolve_config
from hyperpose_core.data.humans import Human
from hyperpose_core.errors import ConfigError, DataError

SIGMAS = "0.03,0.05,0.1"
POINTS = [10, 10, 2, 20, 30, 2, 0, 0, 0]


def content():
    """Return two images: one horse in each, and a horse without keypoints in the first."""
    horse = {"category_id": 7, "bbox": [10, 10, 10, 20], "area": 150, "iscrowd": 0}
    return {
        "images": [{"id": i, "file_name": f"{i}.png", "width": 64, "height": 48} for i in (1, 2)],
        "annotations": [
            {**horse, "id": 1, "image_id": 1, "keypoints": POINTS, "num_keypoints": 2},
            {**horse, "id": 2, "image_id": 1, "keypoints": [0] * 9, "num_keypoints": 0},
            {**horse, "id": 3, "image_id": 2, "keypoints": POINTS, "num_keypoints": 2},
        ],
        "categories": [{"id": 7, "name": "horse", "keypoints": ["nose", "l_ear", "tail"]}],
    }


@pytest.fixture
def export(tmp_path):
    """Write both splits after a change of the content, and open the dataset."""

    def write(change=lambda content: None, encoding="utf-8", **options):
        data = content()
        change(data)
        for split in ("train", "val"):
            for folder in (tmp_path / "annotations", tmp_path / "images" / split / "cam"):
                folder.mkdir(parents=True, exist_ok=True)
            for name in ("1.png", "2.png", "cam/1.png", "cam/2.png"):
                cv2.imwrite(
                    str(tmp_path / "images" / split / name), np.zeros((48, 64, 3), np.uint8)
                )
            path = tmp_path / "annotations" / f"{split}.json"
            path.write_bytes(json.dumps(data).encode(encoding))
        options = {"sigmas": [0.03, 0.05, 0.1], **options}
        values = {"data.type": "coco-custom", "data.path": tmp_path, "data.options": options}
        return get_dataset(resolve_config(options=values))

    return write


def everywhere(key, value, where="annotations"):
    """Return a change that sets, or with `...` removes, one key of every entry."""

    def change(content):
        for entry in content[where]:
            if value is ...:
                entry.pop(key)
            else:
                entry[key] = value(entry[key]) if callable(value) else value

    return change


def without_points(value):
    """Return a change of the second annotation, as tools write somebody without keypoints."""

    def change(content):
        entry = content["annotations"][1]
        entry |= {"keypoints": value, "num_keypoints": 0}
        if value is ...:
            del entry["keypoints"], entry["num_keypoints"]

    return change


def tracked(content):
    """Change the second annotation to what CVAT writes for a track without points."""
    content["annotations"][1] |= {"keypoints": [], "area": 0, "bbox": [0, 0, 0, 0]}


@pytest.mark.parametrize(
    "change",
    [
        without_points([]),
        without_points(None),
        without_points(...),
        tracked,
        everywhere("iscrowd", ...),
        everywhere("iscrowd", False),
        everywhere("num_keypoints", ...),
        everywhere("num_keypoints", 0),
        everywhere("num_keypoints", 17),
        everywhere("area", ...),
        everywhere("area", None),
        everywhere("area", 0),
        everywhere("bbox", [10.0, 10.0, 10.0, 20.0]),
        everywhere("image_id", float),
        everywhere("id", float, "images"),
        everywhere("width", float, "images"),
        everywhere("category_id", str),
        everywhere("id", str, "categories"),
        everywhere("file_name", lambda name: f"cam\\{name}", "images"),
        everywhere("skeleton", [[0, 1], [1, 2]], "categories"),
    ],
)
def test_what_tools_write_is_read_as_it_is_meant(export, change):
    dataset = export(change)
    first, second = dataset.train_samples()
    assert len(first.keypoints) == len(second.keypoints) == 1
    assert first.keypoints[0].ravel().tolist() == POINTS
    assert first.path.is_file()
    if dataset.skeleton.limbs:
        assert dataset.skeleton.limbs == ((0, 1), (1, 2))


def test_a_box_that_is_left_out_is_around_the_keypoints(export):
    (first, _) = export(lambda c: c["annotations"][0].pop("bbox")).train_samples()
    assert first.boxes.tolist() == [[10, 10, 10, 20]]


def test_a_file_with_a_mark_of_its_encoding_is_read(export):
    assert len(export(encoding="utf-8-sig").train_samples()) == 2


def test_whoever_has_neither_keypoints_nor_a_box_is_named(export):
    dataset = export(lambda c: [c["annotations"][1].pop(key) for key in ("keypoints", "bbox")])
    with pytest.raises(DataError, match=r"annotation 1 \(id 2\): 'bbox' is missing"):
        dataset.train_samples()


def test_an_annotation_of_no_category_is_named(export):
    with pytest.raises(DataError, match=r"annotation 0 \(id 1\): 'category_id' is missing"):
        export(lambda c: c["annotations"][0].pop("category_id")).train_samples()


def test_a_score_on_areas_made_of_boxes_says_so(export, tmp_path, capsys):
    truth = tmp_path / "annotations" / "val.json"
    dataset = export(everywhere("area", ...))
    assert "2 of 2" in dataset.protocol()["areas"]
    assert "areas" not in export().protocol()
    export(everywhere("area", ...))
    (tmp_path / "results.json").write_text("[]")
    words = ["score", str(tmp_path / "results.json"), "--dataset", "coco-custom"]
    assert main([*words, "--ground-truth", str(truth), "--sigmas", SIGMAS]) == 0
    assert "2 of 2 people, estimated as 0.53 of the box" in capsys.readouterr().out


def test_results_are_of_the_files_category(export, tmp_path, capsys):
    dataset = export()
    found = {1: [Human(np.reshape(POINTS, (3, 3)).astype(np.float32), 1.0, dataset.skeleton)]}
    results = tmp_path / "results.json"
    results.write_text(json.dumps(dataset.to_results(found)))
    words = ["score", str(results), "--dataset", "coco-custom", "--data", str(tmp_path)]
    assert main([*words, "--sigmas", SIGMAS]) == 0
    assert "AP50  0.5" in capsys.readouterr().out


def test_a_file_that_is_there_in_other_letters_is_pointed_out(export, tmp_path):
    dataset = export(everywhere("file_name", str.upper, "images"))
    with pytest.raises(DataError, match=r"1\.PNG.*there is 1\.png"):
        dataset.check_images(dataset.train_samples())


def test_one_file_is_divided_by_the_ids_of_its_images(export, tmp_path, capsys):
    def change(content):
        image, horse = content["images"][0], content["annotations"][0]
        content["images"] = [{**image, "id": i} for i in range(40)]
        content["annotations"] = [{**horse, "id": i, "image_id": i} for i in range(40)]

    both = {"annotations": "annotations/train.json", "images": "images/train"}
    whole = export(change, **both)
    assert len(whole.train_samples()) == len(whole.eval_samples()) == 40
    dataset = export(change, **both, val_part=0.25)
    train, val = ([s.image_id for s in samples]
                  for samples in (dataset.train_samples(), dataset.eval_samples()))  # fmt: skip
    assert sorted(train + val) == list(range(40))
    assert 5 <= len(val) <= 15
    assert list(dataset.annotations().people) == val
    assert [s.image_id for s in dataset.raw_samples("val")] == val
    with pytest.raises(ConfigError, match="val_part must be a number from 0 to less than 1"):
        export(change, **both, val_part=1)
    dataset = export(change, **both, val_part=1e-9)
    assert len(dataset.train_samples()) == 40
    with pytest.raises(DataError, match=r"val_part leaves none of the 40 images of .*train\.json"):
        dataset.eval_samples()
