"""`browse`: what is annotated is where the picture shows it."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from coco_people import annotation, custom_config, facing, write_annotations, write_images

from hyperpose import Config as FacadeConfig
from hyperpose import Dataset as FacadeDataset
from hyperpose_coco import masks
from hyperpose_coco.skeleton import COCO
from hyperpose_core.build import get_dataset
from hyperpose_core.cli import main
from hyperpose_core.config import Config
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError
from hyperpose_core.registry import get_registry
from hyperpose_datatools.browsing import choose, visualize
from hyperpose_datatools.browsing.pictures import beside, draw_sample, enlarged, moved, shade


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """8 images with a person each; in the last one a crowd too."""
    folder = tmp_path_factory.mktemp("people")
    entries = write_images(folder / "images" / "train", 8)
    people = [annotation(i, i, facing()) for i in range(1, 9)]
    crowd = annotation(9, 8, np.zeros((17, 3)), iscrowd=1, bbox=[70, 80, 20, 30])
    write_annotations(folder / "annotations" / "train.json", entries, [*people, crowd])
    return folder


@pytest.fixture
def config(folder):
    config = custom_config(folder)
    config.data.eval_split = "train"
    return config


def black(tmp_path, width=80, height=60, **fields):
    path = tmp_path / "black.png"
    cv2.imwrite(str(path), np.zeros((height, width, 3), np.uint8))
    empty = {"keypoints": np.zeros((0, 17, 3), np.float32), "boxes": np.zeros((0, 4), np.float32)}
    return Sample("black", path, width, height, **{**empty, **fields})


def test_a_keypoint_is_drawn_in_its_colour_where_it_is(tmp_path):
    points = np.zeros((1, 17, 3), np.float32)
    points[0, 5] = 20, 30, 2
    points[0, 14] = 60, 10, 2
    picture = draw_sample(black(tmp_path, keypoints=points), COCO)
    assert picture.shape == (360, 480, 3)
    for index, x, y in ((5, 20, 30), (14, 60, 10)):
        column, row = moved(np.array([x, y]), 6).round().astype(int)
        assert tuple(picture[row, column]) == COCO.colors[index]
        near = picture[max(0, row - 14) : row + 15, column - 14 : column + 15].any(-1)
        middle = np.argwhere(near).mean(0) - [min(14, row), 14]
        assert np.abs(middle).max() < 0.6, "the dot is centred on the keypoint"
    assert not picture[200:, :200].any(), "nothing else is drawn there"


def test_occluded_keypoints_differ_from_visible_ones(tmp_path):
    points = np.zeros((1, 17, 3), np.float32)
    points[0, 5] = 20, 30, 2
    points[0, 6] = 60, 30, 1
    picture = draw_sample(black(tmp_path, keypoints=points), COCO)
    for x, is_dark in ((20, False), (60, True)):
        column, row = moved(np.array([x, 30]), 6).round().astype(int)
        assert (picture[row, column].sum() == 0) == is_dark


def test_what_the_loss_does_not_count_is_shaded_and_nothing_else(tmp_path):
    mask = masks.from_boxes([[40, 0, 40, 60]], 80, 60)
    picture = draw_sample(black(tmp_path, mask=mask), COCO)
    assert not picture[:, : 40 * 6].any()
    assert (picture[:, 40 * 6 :].max(-1) > 50).all()


def test_a_box_is_drawn_around_its_pixels(tmp_path):
    sample = black(tmp_path, boxes=np.array([[10, 20, 30, 15]], np.float32))
    drawn = np.argwhere(draw_sample(sample, COCO).any(-1)) / 6
    np.testing.assert_allclose(drawn.min(0), [20, 10], atol=0.6)
    np.testing.assert_allclose(drawn.max(0), [35, 40], atol=0.6)


def test_enlarging_keeps_the_centres_of_pixels():
    image = np.zeros((4, 5, 3), np.uint8)
    image[1, 3] = 255
    picture, factor = enlarged(image)
    middle = np.argwhere(picture[..., 0]).mean(0)
    np.testing.assert_allclose(moved(np.array([3.0, 1.0]), factor), middle[::-1])


def test_an_image_that_is_not_as_annotated_is_an_error(tmp_path):
    sample = black(tmp_path)
    sample.width = 81
    with pytest.raises(DataError, match="80x60 in the file, annotated 81x60"):
        draw_sample(sample, COCO)
    sample.path.write_text("")
    with pytest.raises(DataError, match="cannot be read"):
        draw_sample(sample, COCO)


def test_shading_and_pictures_side_by_side():
    picture = np.zeros((20, 20, 3), np.uint8)
    shade(picture, np.array([[0, 255]], np.uint8))
    assert picture[:, :10].any()
    assert not picture[:, 10:].any()
    assert beside([picture, picture[:10]]).shape == (36, 20, 3), "wide ones are below each other"
    assert beside([picture, picture]).shape == (20, 46, 3)


def test_samples_are_chosen_by_the_seed_by_filters_and_by_ids(config):
    dataset, registry = get_dataset(config), get_registry()
    first = [s.image_id for s in choose(dataset, config, 3, registry)]
    assert first == sorted(first)
    assert len(set(first)) == 3
    assert first == [s.image_id for s in choose(dataset, config, 3, registry)]
    config.train.seed = 1
    assert first != [s.image_id for s in choose(dataset, config, 3, registry)]
    config.data.filters = ["no-crowd"]
    kept = [s.image_id for s in choose(dataset, config, 99, registry)]
    assert kept == [1, 2, 3, 4, 5, 6, 7]
    assert [s.image_id for s in choose(dataset, config, 1, registry, ["8", "2.jpg"])] == [8, 2]
    with pytest.raises(DataError, match="no image 77"):
        choose(dataset, config, 1, registry, ["77"])
    config.data.filters = ["max-people(count=0)"]
    with pytest.raises(DataError, match="no image to look at"):
        choose(dataset, config, 1, registry)


def test_the_command_writes_pictures_and_says_what_it_could_not_draw(folder, tmp_path, capsys):
    words = ["browse", "coco-custom", "--data", str(folder), "--split", "train"]
    assert main([*words, "--to", str(tmp_path / "a"), "--count", "2", "--json"]) == 0
    written = json.loads(capsys.readouterr().out)["pictures"]
    assert len(written) == 2
    assert all(cv2.imread(path) is not None for path in written)
    assert main([*words, "--to", str(tmp_path / "a"), "--ids", "8,3"]) == 0
    assert {path.name for path in (tmp_path / "a").iterdir()} >= {"8.png", "3.png"}
    for wrong in (["--ids", "99"], ["--model", "Openpose"], ["--count", "0"]):
        assert main([*words, "--to", str(tmp_path / "b"), *wrong]) == 2
    assert not (tmp_path / "b").exists()


def test_every_dataset_of_the_facade_has_visualize(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    try:
        FacadeConfig.set_dataset_type("coco-custom")
        FacadeConfig.set_dataset_path(folder)
        FacadeConfig.set_model_name("look")
        dataset = FacadeDataset.get_dataset(FacadeConfig.get_config())
        written = dataset.visualize(3, tmp_path / "here")
        assert len(written) == 3
        assert all(path.parent == tmp_path / "here" and path.is_file() for path in written)
        assert {p.parent.as_posix() for p in dataset.visualize(vis_num=2)} == {
            "save_dir/look/data_vis_dir"
        }
    finally:
        FacadeConfig.reset()


def test_several_datasets_are_drawn_together(folder, tmp_path):
    one = {"type": "coco-custom", "path": str(folder), "eval_split": "train"}
    few = {**one, "filters": ["without-images(ids=[1, 2, 3, 4, 5, 6])"]}
    config = Config()
    config.data.type, config.data.datasets = "MULTIPLE", [one, few]
    written = FacadeDataset.get_dataset(config).visualize(99, tmp_path)
    assert len(written) == len(set(written)) == 8 + 2


def test_a_user_s_dataset_is_drawn_too(folder, tmp_path):
    class Own:
        def get_train_dataset(self):
            path = str(folder / "images" / "train" / "1.jpg")
            yield path, {"kpt": [facing().tolist()], "bbx": [[30, 10, 40, 100]], "mask": None}

        def get_eval_dataset(self):
            return iter(())

    try:
        FacadeConfig.set_dataset_type(Own)
        dataset = FacadeDataset.get_dataset(FacadeConfig.get_config())
        [path] = dataset.visualize(5, tmp_path)
        assert path.is_file()
    finally:
        FacadeConfig.reset()


class Lost:
    skeleton = COCO

    def train_samples(self):
        nobody = np.zeros((0, 17, 3), np.float32)
        return [Sample(1, Path("no.jpg"), 8, 8, nobody, np.zeros((0, 4), np.float32))]


def test_a_dataset_of_which_nothing_can_be_drawn_is_an_error(config, tmp_path):
    with pytest.raises(DataError, match=r"cannot read no\.jpg"):
        visualize(Lost(), config, 2, tmp_path)
    config.data.filters = ["min-people"]
    with pytest.raises(DataError, match="no image to look at"):
        visualize(Lost(), config, 2, tmp_path)
