"""Synthetic: the same for the same seed, true to its pictures, and never half there."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from hyperpose_coco import masks
from hyperpose_coco.skeleton import COCO
from hyperpose_core.config import DataConfig
from hyperpose_core.data.humans import Human
from hyperpose_core.data.masks import decode
from hyperpose_core.errors import ConfigError, DataError
from hyperpose_mpii.skeleton import MPII
from hyperpose_synthetic import generate, plugin
from hyperpose_synthetic.dataset import open_dataset
from hyperpose_synthetic.labels import label_scene, polygons, run_lengths
from hyperpose_synthetic.options import Options
from hyperpose_synthetic.scene import THING, make_scene

SMALL = {"train_images": 12, "val_images": 8, "width": 160, "height": 128}


def config(path: Path, **options) -> DataConfig:
    version = options.pop("version", None)
    return DataConfig(path=str(path), version=version, options={**SMALL, **options})


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return open_dataset(config(tmp_path_factory.mktemp("synthetic")))


def files(folder: Path) -> dict[str, bytes]:
    return {f"{p.parent.name}/{p.name}": p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def scenes(count: int, seed: int = 0):
    for i in range(count):
        scene = make_scene(np.random.default_rng([seed, i]), Options(width=160, height=120))
        yield scene, label_scene(scene, COCO, i)


def test_the_spec_loads_and_imports_nothing_heavy():
    (spec,) = plugin.hyperpose_register_datasets()
    assert spec.load() is open_dataset
    code = (
        "import sys, hyperpose_synthetic.plugin\n"
        "heavy = {'numpy', 'cv2', 'pycocotools', 'tensorflow'} & set(sys.modules)\n"
        "sys.exit(' '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    options = {"train_images": 3, "val_images": 2}
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        open_dataset(config(tmp_path / name, seed=seed, **options))
    one, two, three = (files(tmp_path / name) for name in ("one", "two", "three"))
    assert one == two
    assert len(one) == 3 + 2 + 2
    assert all(one[name] != three[name] for name in one if name in three)


def test_train_and_val_are_different_pictures(made):
    train, val = made.train_samples()[0], made.eval_samples()[0]
    assert train.path.read_bytes() != val.path.read_bytes()


def test_it_is_made_once(tmp_path, monkeypatch):
    options = {"train_images": 1, "val_images": 1}
    open_dataset(config(tmp_path, **options))
    monkeypatch.setattr(generate, "_make_split", lambda *_: pytest.fail("made again"))
    open_dataset(config(tmp_path, **options))


def test_what_is_interrupted_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(root, *_):
        (root / "half.jpg").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(generate, "_make_split", interrupted)
    with pytest.raises(KeyboardInterrupt):
        open_dataset(config(tmp_path))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_a_killed_process_left_is_not_taken_for_the_dataset(tmp_path):
    left = tmp_path / ".unfinished-killed"
    left.mkdir()
    data = open_dataset(config(tmp_path, train_images=1, val_images=1))
    assert len(data.eval_samples()) == 1


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"file.*data\.path"):
        open_dataset(config(tmp_path / "file"))


def test_samples_match_their_images(made):
    assert made.skeleton == COCO
    samples = [*made.train_samples(), *made.eval_samples()]
    assert len(made.eval_samples()) == 8
    for sample in samples:
        assert cv2.imread(str(sample.path)).shape == (sample.height, sample.width, 3)
        there = sample.keypoints[sample.keypoints[..., 2] > 0]
        assert (there[:, :2] > -0.51).all()
        assert (there[:, :2] < (sample.width - 0.49, sample.height - 0.49)).all()


def test_the_truth_as_prediction_scores_one(made):
    truth = {
        s.image_id: [Human(k * (1, 1, 0.5), 1.0, COCO) for k in s.keypoints]
        for s in made.eval_samples()
    }
    assert made.evaluate(truth)["AP"] == pytest.approx(1.0)


def test_the_mpii_version_has_the_same_people_in_mpiis_order(tmp_path):
    options = {"train_images": 6, "val_images": 1}
    coco = open_dataset(config(tmp_path, **options)).train_samples()
    data = open_dataset(config(tmp_path, version="mpii", **options))
    assert replace(data.skeleton, sigmas=()) == MPII
    assert len(data.skeleton.sigmas) == len(MPII), "people of its own are scored by OKS"
    for one, other in zip(coco, data.train_samples(), strict=True):
        for name in ("left_knee", "right_wrist"):
            np.testing.assert_array_equal(
                one.keypoints[:, COCO.index(name)], other.keypoints[:, MPII.index(name)]
            )
        hips = other.keypoints[:, [MPII.index("left_hip"), MPII.index("right_hip")]]
        both = (hips[..., 2] > 0).all(axis=1)
        pelvis = other.keypoints[:, MPII.index("pelvis"), :2]
        np.testing.assert_allclose(pelvis[both], hips[both, :, :2].mean(axis=1), atol=0.02)


def test_silhouettes_areas_and_boxes_agree():
    for scene, entries in scenes(6):
        for entry in (e for e in entries if not e["iscrowd"]):
            region = masks.region(entry["segmentation"], 160, 120)
            hidden = decode(masks.from_regions([region]), 160, 120) == 0
            x, y, w, h = entry["bbox"]
            assert not hidden[:, :x].any()
            assert not hidden[y + h :].any()
            assert hidden[y : y + h, x : x + w].sum() == hidden.sum()
            assert abs(int(hidden.sum()) - entry["area"]) <= 0.35 * entry["area"] + 20
        assert scene.image.dtype == np.uint8


def test_visible_joints_lie_on_their_own_person_and_hidden_ones_on_another():
    on, off = 0, 0
    for scene, entries in scenes(25, seed=3):
        if len(entries) != len(scene.people) or any(e["iscrowd"] for e in entries):
            continue
        for number, entry in enumerate(entries):
            for x, y, v in np.reshape(entry["keypoints"], (-1, 3))[5:]:
                owner = scene.owner[round(y), round(x)]
                assert v != 1 or owner > number or owner == THING
                assert v != 2 or (owner <= number and owner != THING)
                on, off = on + (v == 2 and owner == number), off + (v == 2 and owner != number)
    assert on > 200
    assert off < 0.03 * on


def test_some_people_are_crowds_or_without_keypoints_and_become_the_mask():
    entries = [e for _, labels in scenes(120, seed=1) for e in labels]
    unlabeled = [e for e in entries if not e["num_keypoints"]]
    assert 0.04 < len(unlabeled) / len(entries) < 0.25
    assert any(e["iscrowd"] for e in unlabeled)
    assert any(not e["iscrowd"] for e in unlabeled)


def test_left_and_right_change_sides_with_the_direction_that_a_person_faces():
    sides = [
        np.sign(k[5 * 3] - k[6 * 3]) if k[2] else -np.sign(k[5 * 3] - k[6 * 3])
        for _, labels in scenes(60, seed=2)
        for k in (e["keypoints"] for e in labels)
        if k[5 * 3 + 2] and k[6 * 3 + 2] and abs(k[5 * 3] - k[6 * 3]) > 8
    ]
    # Who shows the nose has its left at the right of the picture, who does not at the left.
    assert np.mean(sides) > 0.8


def test_runs_and_outlines_of_a_region():
    region = np.zeros((4, 3), bool)
    region[1:3, 1] = True
    assert run_lengths(region) == [5, 2, 5]
    assert run_lengths(np.ones((2, 2), bool)) == [0, 4]
    square = np.zeros((6, 6), bool)
    square[1:4, 2:5] = True
    (outline,) = polygons(square)
    assert sorted(zip(outline[::2], outline[1::2], strict=True)) == [
        (2.5, 1.5),
        (2.5, 3.5),
        (4.5, 1.5),
        (4.5, 3.5),
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pictures": 3}, r"pictures.*train_images"),
        ({"seed": -1}, "seed is -1"),
        ({"width": 3.5}, r"width is 3\.5"),
        ({"version": "body25"}, r"body25.*coco, mpii"),
    ],
)
def test_bad_options_are_refused(tmp_path, changes, message):
    with pytest.raises(ConfigError, match=message):
        open_dataset(config(tmp_path, **changes))


def test_the_default_folder_is_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    open_dataset(DataConfig(options={**SMALL, "train_images": 1, "val_images": 1}))
    (folder,) = (tmp_path / "hyperpose" / "synthetic").iterdir()
    labels = json.loads((folder / "annotations" / "person_keypoints_val.json").read_text())
    assert [image["file_name"] for image in labels["images"]] == ["000000.jpg"]
