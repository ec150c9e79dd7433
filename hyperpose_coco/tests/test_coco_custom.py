"""coco-custom: anybody's JSON in COCO's form, without a line of code."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from hyperpose_coco.skeleton import COCO
from hyperpose_core.build import get_dataset, resolve_skeleton
from hyperpose_core.config import resolve_config
from hyperpose_core.data.humans import Human
from hyperpose_core.errors import ConfigError, DataError

POINTS = ["nose", "l_ear", "r_ear", "tail"]
SIGMAS = [0.03, 0.05, 0.05, 0.1]
PLACES = [[10, 10], [8, 8], [12, 8], [30, 20]]


def animal(number, image, category, points):
    flat = [v for x, y in points for v in (x, y, 2)]
    return {
        **{"id": number, "image_id": image, "category_id": category, "keypoints": flat},
        **{"bbox": [5, 5, 30, 20], "area": 600, "iscrowd": 0},
    }


def content(**changes):
    horse = {"id": 7, "name": "horse", "keypoints": POINTS, "skeleton": [[1, 2], [1, 3], [1, 4]]}
    return {
        "images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 48},
                   {"id": 2, "file_name": "b.png", "width": 64, "height": 48}],
        "annotations": [animal(1, 1, 7, PLACES),
                        {"id": 2, "image_id": 1, "category_id": 8, "bbox": [0, 0, 5, 5]}],
        "categories": [horse, {"id": 8, "name": "car"}],
        **changes,
    }  # fmt: skip


@pytest.fixture
def farm(tmp_path):
    """Write a dataset and return how to open it; `write` changes the files of one split."""

    class Farm:
        root = tmp_path

        def write(self, split="train", **changes):
            for folder in (tmp_path / "annotations", tmp_path / "images" / split):
                folder.mkdir(parents=True, exist_ok=True)
            for name in ("a.png", "b.png"):
                picture = tmp_path / "images" / split / name
                cv2.imwrite(str(picture), np.zeros((48, 64, 3), np.uint8))
            text = json.dumps(content(**changes))
            (tmp_path / "annotations" / f"{split}.json").write_text(text)

        def config(self, **options):
            values = {"data.type": "coco-custom", "data.path": tmp_path, "data.options": options}
            return resolve_config(options=values)

        def open(self, **options):
            return get_dataset(self.config(**options))

    farm = Farm()
    farm.write("train")
    farm.write("val")
    return farm


def test_the_file_says_keypoints_and_limbs_which_it_counts_from_1(farm):
    dataset = farm.open()
    assert dataset.skeleton.name == "horse"
    assert dataset.skeleton.keypoints == tuple(POINTS)
    assert dataset.skeleton.limbs == ((0, 1), (0, 2), (0, 3))
    assert dataset.skeleton.flip == (0, 2, 1, 3)
    assert resolve_skeleton(farm.config()) == dataset.skeleton


def test_samples_are_of_the_category_alone(farm):
    [sample] = farm.open().train_samples()
    np.testing.assert_array_equal(sample.keypoints[0, :, :2], PLACES)
    assert len(farm.open().eval_samples()) == 2
    assert farm.open(category="horse").train_samples()[0].image_id == 1


def test_the_truth_scores_1_with_sigmas_that_are_given(farm):
    dataset = farm.open(sigmas=SIGMAS)
    points = dataset.eval_samples()[0].keypoints[0]
    humans = {1: [Human(points, 0.9, dataset.skeleton)], 2: []}
    assert dataset.evaluate(humans)["AP"] == pytest.approx(1.0)
    by_name = farm.open(sigmas=dict(zip(POINTS, SIGMAS, strict=True)))
    assert by_name.skeleton.sigmas == tuple(SIGMAS)


def test_without_sigmas_one_can_train_but_a_score_says_what_it_needs(farm):
    dataset = farm.open()
    assert dataset.train_samples()
    with pytest.raises(ConfigError, match=r"estimate-sigmas.*data\.options\.sigmas"):
        dataset.evaluate({})


def test_cocos_own_keypoints_are_cocos_with_its_sigmas(farm):
    person = {"id": 1, "name": "person", "keypoints": list(COCO.keypoints), "skeleton": []}
    farm.write(categories=[person], annotations=[])
    assert farm.open().skeleton is COCO
    assert resolve_skeleton(farm.config()).name == "openpose-coco"


def test_a_skeleton_file_adds_what_the_json_does_not_say(farm):
    path = farm.root / "horse.toml"
    path.write_text(f"keypoints = {json.dumps(POINTS)}\nlimbs = [['nose', 'tail']]\n"
                    f"sigmas = {SIGMAS}\n")  # fmt: skip
    skeleton = farm.open(skeleton=str(path)).skeleton
    assert (skeleton.limbs, skeleton.sigmas) == (((0, 3),), tuple(SIGMAS))
    farm.write(categories=[{"id": 7, "name": "horse"}])
    assert len(farm.open(skeleton=str(path)).train_samples()) == 1
    path.write_text(f"keypoints = {json.dumps(POINTS[::-1])}")
    farm.write()
    with pytest.raises(DataError, match="the same, in the same order"):
        farm.open(skeleton=str(path))


def test_other_places(farm):
    (farm.root / "annotations" / "train.json").rename(farm.root / "all.json")
    (farm.root / "images" / "train").rename(farm.root / "pictures")
    options = {
        "annotations": {"train": "all.json", "val": "annotations/val.json"},
        "images": "pictures",
    }
    assert len(farm.open(**options).train_samples()) == 1
    with pytest.raises(DataError, match=r"annotation file not found: .*train\.json"):
        farm.open().train_samples()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"categry": "horse"}, "did you mean 'category'"),
        ({"category": 3}, "data.options.category must be a text"),
        ({"images": ["a"]}, "data.options.images must be a text, or a table"),
        ({"annotations": {"test": "x.json"}}, "data.options.annotations has no 'train'"),
        ({"least_area": "big"}, "least_area must be a number"),
        ({"sigmas": [0.1]}, "data.options.sigmas: sigmas: give one number for each of the 4"),
        ({"skeleton": "none.toml"}, "cannot read the skeleton none.toml"),
    ],
)
def test_a_wrong_option_is_named(farm, options, words):
    with pytest.raises(ConfigError, match=words):
        farm.open(**options)


HORSE = {"id": 7, "name": "horse", "keypoints": POINTS}


@pytest.mark.parametrize(
    ("categories", "words"),
    [
        ([HORSE, {**HORSE, "id": 9, "name": "cow"}], "2 categories .*'horse', 'cow'.*say which"),
        ([HORSE, HORSE], "has 2 categories"),
        ([{"id": 7, "name": "horse"}], "'horse' has no 'keypoints'"),
        ([{**HORSE, "skeleton": [[0, 4]]}], "counted from 0 to 3"),
        ([{**HORSE, "skeleton": [[1, 5]]}], "counted from 1 to 4"),
        ([{**HORSE, "skeleton": [[1, 2, 3]]}], "counted from 1 to 4"),
        ([{**HORSE, "skeleton": 5}], "'skeleton' is 5"),
        ([{**HORSE, "keypoints": ["a", "a"]}], "names one twice"),
        ([{**HORSE, "keypoints": "nose"}], "'keypoints' is 'nose'"),
        ([{"name": "horse", "keypoints": POINTS}], "'id' is None"),
        ([5], "category 0 is not an object"),
        ("none", "'categories' is a text"),
        ([], "0 categories"),
    ],
)
def test_malformed_categories_are_an_error_that_names_them(farm, categories, words):
    farm.write(categories=categories)
    with pytest.raises(DataError, match=words) as caught:
        farm.open()
    assert "train.json" in str(caught.value)


def test_splits_that_disagree_are_an_error(farm):
    farm.write("val", categories=[{**HORSE, "keypoints": ["tail", "nose", "l_ear", "r_ear"]}])
    with pytest.raises(DataError, match=r"val\.json.*the same, in the same order"):
        farm.open().eval_samples()
