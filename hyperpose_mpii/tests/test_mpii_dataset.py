"""MPII: the plugin, the folder, the division, MPIIMeta and who is masked."""

import subprocess
import sys

import numpy as np
import pytest
from mpii_files import EMPTY, person, point, points, struct, whole, write_dataset

from hyperpose_core.config import DataConfig
from hyperpose_core.data.masks import decode, encode
from hyperpose_core.errors import ConfigError, DataError
from hyperpose_mpii import plugin
from hyperpose_mpii.annotations import FILE
from hyperpose_mpii.dataset import open_dataset
from hyperpose_mpii.division import usual_valid_names
from hyperpose_mpii.meta import MPIIMeta
from hyperpose_mpii.people import Image
from hyperpose_mpii.samples import sample_of
from hyperpose_mpii.skeleton import MPII

VALID, TRAIN = "005808361.jpg", "015601864.jpg"


def opened(root, **settings):
    return open_dataset(DataConfig(path=str(root), **settings))


@pytest.fixture
def mpii(shared_data, tmp_path):
    return opened(shared_data / "mpii", options={"cache": str(tmp_path)})


def test_the_spec_loads_and_imports_nothing_heavy():
    (spec,) = plugin.hyperpose_register_datasets()
    assert spec.load() is open_dataset
    code = (
        "import sys, hyperpose_mpii.plugin\n"
        "heavy = {'numpy', 'cv2', 'pycocotools', 'tensorflow', 'h5py'} & set(sys.modules)\n"
        "sys.exit(' '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_image_of_the_subset_is_there(mpii):
    train, val = mpii.train_samples(), mpii.eval_samples()
    assert (len(train), len(val)) == (24, 20)
    assert all(isinstance(s, MPIIMeta) and s.path.is_file() for s in (*train, *val))
    assert not {s.image_id for s in train} & {s.image_id for s in val}
    for sample in (*train, *val):
        assert sample.keypoints.shape == (len(sample.boxes), len(MPII), 3)
        inside = sample.keypoints[..., :2] < (sample.width, sample.height)
        assert inside[sample.keypoints[..., 2] > 0].all()


def test_the_usual_division_is_that_of_the_subset(mpii, shared_data, tmp_path):
    names = usual_valid_names()
    assert len(names) == 2729
    assert {s.path.name for s in mpii.eval_samples()} <= names
    assert not {s.path.name for s in mpii.train_samples()} & names
    (tmp_path / "mpii").mkdir()
    for name in (FILE, "images"):
        (tmp_path / "mpii" / name).symlink_to(shared_data / "mpii" / name)
    without = opened(tmp_path / "mpii", eval_split="valid", options={"cache": str(tmp_path)})
    assert [s.image_id for s in without.eval_samples()] == [s.image_id for s in mpii.eval_samples()]


def test_a_division_of_ones_own(tmp_path):
    images = [(VALID, struct(person(whole()))), (TRAIN, struct(person(whole())))]
    root = write_dataset(tmp_path, images)
    assert [s.path.name for s in opened(root).eval_samples()] == [VALID]
    (root / "split.json").write_text(f'{{"valid": ["{TRAIN}"]}}')
    assert [s.path.name for s in opened(root).eval_samples()] == [TRAIN]
    assert [s.path.name for s in opened(root).train_samples()] == [VALID]
    for wrong in ("", "[]", "{}", '{"valid": 3}', '{"valid": [3]}'):
        (root / "split.json").write_text(wrong)
        with pytest.raises(DataError, match=r"split\.json.*usual division"):
            opened(root).eval_samples()


def test_images_of_the_test_set_are_in_no_split(tmp_path):
    images = [(VALID, struct(person(whole()))), (TRAIN, struct(person(whole())))]
    root = write_dataset(tmp_path, images, img_train=[0, 0])
    assert opened(root).eval_samples() == opened(root).train_samples() == []


def test_pixels_are_counted_from_zero(tmp_path):
    marks = points(point(0, 1, 1), point(9, 10, 20, 0))
    images = [(VALID, struct(person(marks, head=(5, 7, 15, 27), scale=2.0, objpos=(8, 9))))]
    [sample] = opened(write_dataset(tmp_path, images)).eval_samples()
    assert sample.keypoints[0, 0].tolist() == [0, 0, 2]
    assert sample.keypoints[0, 9].tolist() == [9, 19, 1]
    assert sample.keypoints[0, 1].tolist() == [0, 0, 0]
    assert sample.head_boxes.tolist() == [[4, 6, 10, 20]]
    assert sample.centers.tolist() == [[7, 8]]
    assert sample.boxes.tolist() == [[0, 0, 14, 26]]


def test_the_names_of_2021(tmp_path):
    images = [(VALID, struct(person(whole(), head=(5, 7, 15, 27)), person(whole())))]
    [sample] = opened(write_dataset(tmp_path, images)).eval_samples()
    assert sample.image_id == 5808361
    assert sample.image_path == str(tmp_path / "images" / VALID)
    assert sample.headbbx_list[0].tolist() == [9, 16, 10, 20]
    assert sample.scale_list == [300, 300]
    assert [list(center) for center in sample.center_list] == [[119, 149]] * 2
    assert [joints.shape for joints in sample.joint_list] == [(16, 3)] * 2


def masked(sample):
    return decode(sample.mask, sample.width, sample.height) == 0


def test_an_image_whose_name_no_file_can_have_is_one_that_is_not_there(tmp_path):
    sample = sample_of(Image("a" * 300, train=True), tmp_path)
    assert (sample.width, sample.height) == (0, 0)


def test_people_without_joints_become_the_mask(tmp_path):
    placed = person(EMPTY, head=None, scale=0.5, objpos=(101, 121))
    headed = person(EMPTY, head=(201, 11, 221, 31), scale=None, objpos=None)
    lost = person(EMPTY, head=None, scale=None, objpos=None)
    images = [(VALID, struct(person(whole()), placed, headed, lost))]
    [sample] = opened(write_dataset(tmp_path, images)).eval_samples()
    assert len(sample.keypoints) == 1
    assert sample.hidden.tolist() == [[50, 70, 100, 100], [175, 10, 70, 140]]
    mask = masked(sample)
    assert mask[100, 100]
    assert mask[20, 210]
    assert not mask[20, 100]
    assert not mask[200, 210]


def test_who_everybody_is_annotated_leaves_no_mask(tmp_path):
    images = [(VALID, struct(person(whole()))), (TRAIN, None)]
    [sample] = opened(write_dataset(tmp_path, images)).eval_samples()
    assert sample.mask is None
    assert opened(tmp_path).train_samples() == []


def test_what_is_missing_is_said(tmp_path):
    with pytest.raises(DataError, match=r"u12_1\.mat.*Download.*--data"):
        opened(tmp_path).train_samples()
    root = write_dataset(tmp_path, [(VALID, struct(person(whole())))])
    (root / "images" / VALID).unlink()
    with pytest.raises(DataError, match=rf"1 of the images.*{VALID}.*Download"):
        opened(root).check_images(opened(root).eval_samples())
    (root / "images").rmdir()
    with pytest.raises(DataError, match=r"image folder not found"):
        opened(root).eval_samples()
    with pytest.raises(DataError, match=r"no split 'test'.*train, valid"):
        opened(root, eval_split="test").eval_samples()


def test_settings_that_it_lacks_are_refused():
    with pytest.raises(ConfigError, match=r"one version.*'2017'"):
        open_dataset(DataConfig(version="2017"))
    with pytest.raises(ConfigError, match=r"no option 'cash'.*cache"):
        open_dataset(DataConfig(options={"cash": "x"}))
    with pytest.raises(ConfigError, match=r"'cache' is 3"):
        open_dataset(DataConfig(options={"cache": 3}))


def test_the_folder_of_the_official_archive(tmp_path):
    root = write_dataset(tmp_path, [(VALID, struct(person(whole())))])
    inner = root / "mpii_human_pose_v1_u12_2"
    inner.mkdir()
    (root / FILE).rename(inner / FILE)
    assert len(opened(root).eval_samples()) == 1


def test_a_mask_of_ones_own_is_kept(tmp_path):
    [sample] = opened(write_dataset(tmp_path, [(VALID, None)])).eval_samples()
    sample.mask = encode(np.zeros((240, 320)))
    assert masked(sample).all()
