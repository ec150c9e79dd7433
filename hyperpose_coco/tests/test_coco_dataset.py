"""COCO: the plugin, the folder, COCOMeta and the official scores."""

import json
import subprocess
import sys

import numpy as np
import pytest

from hyperpose_coco import plugin
from hyperpose_coco.dataset import open_dataset
from hyperpose_coco.meta import COCOMeta
from hyperpose_coco.skeleton import COCO
from hyperpose_core.config import DataConfig
from hyperpose_core.data.humans import Human
from hyperpose_core.data.masks import decode
from hyperpose_core.errors import ConfigError, DataError


def as_humans(samples):
    return {
        s.image_id: [
            Human(np.where(k[:, 2:] > 0, np.minimum(k, (1e4, 1e4, 1)), 0), 1.0, COCO)
            for k in s.keypoints
        ]
        for s in samples
    }


@pytest.fixture
def coco(shared_data):
    return open_dataset(DataConfig(path=str(shared_data / "coco")))


def test_the_spec_loads_and_imports_nothing_heavy():
    spec = next(iter(plugin.hyperpose_register_datasets()))
    assert spec.load() is open_dataset
    code = (
        "import sys, hyperpose_coco.plugin\n"
        "heavy = {'numpy', 'cv2', 'pycocotools', 'tensorflow'} & set(sys.modules)\n"
        "sys.exit(' '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_image_of_the_subset_is_there(coco):
    train, val = coco.train_samples(), coco.eval_samples()
    assert (len(train), len(val)) == (78, 44)
    assert sum(len(s.keypoints) for s in val) == 160
    assert all(isinstance(s, COCOMeta) and s.path.is_file() for s in (*train, *val))
    assert sum(s.is_crowd for s in val) > 0


def test_test_dev_gives_results_and_no_score(shared_data, tmp_path, coco):
    val = shared_data / "coco" / "annotations" / "person_keypoints_val2017.json"
    official = json.loads(val.read_text())
    (tmp_path / "annotations").mkdir()
    names = tmp_path / "annotations" / "image_info_test-dev2017.json"
    names.write_text(json.dumps({"images": official["images"], "categories": []}))
    (tmp_path / "test2017").symlink_to(shared_data / "coco" / "val2017")
    unseen = open_dataset(DataConfig(path=str(tmp_path), eval_split="test-dev"))
    assert [s.image_id for s in unseen.eval_samples()] == [s.image_id for s in coco.eval_samples()]
    people = as_humans(coco.eval_samples())
    assert unseen.to_results(people) == coco.to_results(people)
    assert unseen.evaluate(people) == {}


def test_people_without_keypoints_become_the_mask(coco):
    sample = next(s for s in coco.eval_samples() if s.is_crowd)
    mask = decode(sample.mask, sample.width, sample.height)
    assert 0 < (mask == 0).mean() < 1


def test_a_filter_of_2021_works_on_every_sample(coco):
    def my_dataset_filter(coco_meta):
        return len(coco_meta.joint_list) < 5 and not coco_meta.is_crowd

    kept = [s for s in coco.train_samples() if my_dataset_filter(s)]
    assert 0 < len(kept) < 78
    sample = kept[0]
    assert sample.img_url == str(sample.path)
    assert len(sample.bbx_list) == len(sample.joint_list) == len(sample.areas)
    assert sample.joint_list[0].shape == (17, 3)


def test_the_annotations_score_one_and_lose_what_is_missing(coco):
    humans = as_humans(coco.eval_samples())
    scores = coco.evaluate(humans)
    assert scores["AP"] == pytest.approx(1.0)
    some = {k: v for i, (k, v) in enumerate(humans.items()) if i % 2}
    assert coco.evaluate(some)["AR"] == pytest.approx(
        sum(map(len, some.values())) / sum(map(len, humans.values()))
    )
    assert coco.evaluate(some, image_ids=list(some))["AP"] == pytest.approx(1.0)
    assert coco.evaluate({})["AP"] == 0.0


def test_the_train_split_can_be_evaluated_on(shared_data):
    for name in ("train", "train2017"):
        config = DataConfig(path=str(shared_data / "coco"), eval_split=name)
        assert len(open_dataset(config).eval_samples()) == 78


def test_a_missing_folder_says_what_where_and_how(tmp_path):
    data = open_dataset(DataConfig(path=str(tmp_path), version="2014"))
    with pytest.raises(DataError, match=r"person_keypoints_train2014\.json") as caught:
        data.train_samples()
    prepare = f"hyperpose prepare coco --version 2014 --to {tmp_path}"
    for part in (prepare, "https://cocodataset.org", "--data"):
        assert part in str(caught.value)


def test_an_unknown_version_is_refused():
    with pytest.raises(ConfigError, match=r"2099.*2017, 2014"):
        open_dataset(DataConfig(version="2099"))
