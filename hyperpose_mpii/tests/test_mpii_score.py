"""The scorer: the published numbers, and result files of every kind."""

import json

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mpii_files import person, struct, whole, write_dataset
from scipy.io import loadmat, savemat

from hyperpose_core.config import DataConfig
from hyperpose_core.errors import DataError, InputError
from hyperpose_mpii import plugin
from hyperpose_mpii.dataset import open_dataset
from hyperpose_mpii.predictions import read_table
from hyperpose_mpii.score import score

PUBLISHED = "96.79 95.19 90.08 85.32 87.48 84.26 80.73 88.64"
GROUPS = ["Head", "Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle", "Mean"]


@pytest.fixture
def reference(shared_data):
    return shared_data / "reference_results" / "mpii"


def scored(results, ground_truth=None, metric=None, **data):
    return score(results, ground_truth=ground_truth, config=DataConfig(**data), metric=metric)


def test_the_published_numbers(reference):
    (spec,) = plugin.hyperpose_register_datasets()
    assert spec.scorer == "hyperpose_mpii.score:score"
    found = scored(reference / "predictions_hg_s8_b1.mat", reference / "ground_truth_valid.mat")
    assert list(found.metrics)[:8] == GROUPS
    assert " ".join(f"{found.metrics[name]:.2f}" for name in GROUPS) == PUBLISHED
    assert f"{found.metrics['Mean_weighted']:.2f}" == "89.09"
    assert found.protocol["threshold"] == 0.5
    assert found.protocol["mean"] == "plain mean over the 14 joints without pelvis and thorax"
    assert found.protocol["people"] == 2958
    assert "count as they stand" in found.protocol["zero_coordinates"]


def test_ground_truth_as_predictions_scores_one_hundred(reference, tmp_path):
    truth = loadmat(reference / "ground_truth_valid.mat")["pos_gt_src"]
    savemat(tmp_path / "same.mat", {"preds": truth.transpose(2, 0, 1)})
    found = scored(tmp_path / "same.mat", reference / "ground_truth_valid.mat")
    assert set(found.metrics.values()) == {100.0}
    errors = scored(tmp_path / "same.mat", reference / "ground_truth_valid.mat", "epe")
    assert set(errors.metrics.values()) == {0.0}
    savemat(tmp_path / "moved.mat", {"preds": truth.transpose(2, 0, 1) + np.array([3.0, 4.0])})
    errors = scored(tmp_path / "moved.mat", reference / "ground_truth_valid.mat", "EPE")
    assert errors.metrics["Mean"] == pytest.approx(5)


def test_hdf5_and_other_layouts_score_the_same(reference, tmp_path):
    preds = loadmat(reference / "predictions_hg_s8_b1.mat")["preds"]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["preds"] = preds
    with h5py.File(tmp_path / "matlab.h5", "w") as file:
        file["preds"] = preds.transpose(2, 1, 0)
    savemat(tmp_path / "official.mat", {"preds": preds.transpose(1, 2, 0)})
    confidence = np.concatenate([preds, np.ones((*preds.shape[:2], 1))], axis=2)
    savemat(tmp_path / "scores.mat", {"preds": confidence})
    for name in ("a.h5", "matlab.h5", "official.mat", "scores.mat"):
        found = scored(tmp_path / name, reference / "ground_truth_valid.mat")
        assert " ".join(f"{found.metrics[group]:.2f}" for group in GROUPS) == PUBLISHED, name


def test_what_is_not_finite_was_not_found(reference, tmp_path):
    truth = loadmat(reference / "ground_truth_valid.mat")["pos_gt_src"].transpose(2, 0, 1)
    truth[:1479, 9] = np.nan
    savemat(tmp_path / "lost.mat", {"preds": truth})
    found = scored(tmp_path / "lost.mat", reference / "ground_truth_valid.mat")
    assert 40 < found.metrics["Head"] < 60
    assert found.metrics["Knee"] == 100
    assert found.protocol["not_found"].startswith("1")


def test_people_of_the_folder_in_the_order_of_the_file(shared_data, tmp_path):
    folder = shared_data / "mpii"
    data = {"path": str(folder), "options": {"cache": str(tmp_path)}}
    people = [p for i in open_dataset(DataConfig(**data)).images("valid") for p in i.people]
    savemat(tmp_path / "same.mat", {"preds": np.array([p.points[:, :2] for p in people])})
    assert scored(tmp_path / "same.mat", **data).metrics["Mean"] == 100
    assert scored(tmp_path / "same.mat", folder).protocol["people"] == 20
    savemat(tmp_path / "more.mat", {"preds": np.ones((21, 16, 2))})
    with pytest.raises(InputError, match=r"21 people.*has 20.*--ground-truth"):
        scored(tmp_path / "more.mat", **data)


def test_people_in_images_are_scored_with_their_false_positives(tmp_path):
    write_dataset(tmp_path, [("005808361.jpg", struct(person(whole())))])
    dataset = open_dataset(DataConfig(path=str(tmp_path)))
    [sample] = dataset.eval_samples()
    entry = {"image_id": 5808361, "keypoints": sample.keypoints.ravel().tolist(), "score": 0.5}
    results = tmp_path / "results.json"
    results.write_text(json.dumps([entry]))
    assert scored(results, path=str(tmp_path)).metrics["mAP"] == 100
    far = (sample.keypoints + np.array([200, 0, 1])).ravel().tolist()
    results.write_text(json.dumps([entry, {**entry, "keypoints": far, "score": 0.9}]))
    found = scored(results, path=str(tmp_path))
    assert found.metrics["mAP"] == 50
    assert set(scored(results, path=str(tmp_path), metric="pckh").metrics.values()) == {100.0}
    for wrong, words in [
        ("{}", "a list"),
        ("[3]", "entry 0.*image_id"),
        (json.dumps([{**entry, "score": None}]), "entry 0.*score"),
        (json.dumps([{**entry, "keypoints": [1e300] * 48}]), "entry 0.*keypoints"),
        (json.dumps([{**entry, "image_id": 7}]), "not in the split.*7"),
        ('[{"image_id": 5808361, "keypoints": [NaN], "score": 1}]', "entry 0.*keypoints"),
        ("[", "not JSON"),
    ]:
        results.write_text(wrong)
        with pytest.raises(InputError, match=words):
            scored(results, path=str(tmp_path))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"other": 1}, "no variable 'preds'"),
        ({"preds": "text"}, r"bad\.mat.*preds"),
        ({"preds": np.ones((3, 17, 2))}, r"shape \[3, 17, 2\].*\[people, 16, 2\]"),
        ({"preds": np.ones((5, 16, 2))}, "5 people.*2958"),
        ({"preds": np.zeros((0, 0))}, r"preds"),
    ],
)
def test_results_that_are_none_are_named(reference, tmp_path, values, words):
    savemat(tmp_path / "bad.mat", values)
    with pytest.raises(InputError, match=words):
        scored(tmp_path / "bad.mat", reference / "ground_truth_valid.mat")


def test_hdf5_files_that_are_none_are_named(tmp_path, reference):
    path = tmp_path / "bad.h5"
    with h5py.File(path, "w") as file:
        file["others"] = [1]
        file.create_group("preds")
    with pytest.raises(InputError, match=r"no 'preds'"):
        scored(path, reference / "ground_truth_valid.mat")
    with h5py.File(path, "w") as file:
        file.create_dataset("preds", (10**9, 16, 2), chunks=(1, 16, 2))
    with pytest.raises(InputError, match=r"1000000000"):
        scored(path, reference / "ground_truth_valid.mat")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match=r"damaged HDF5"):
        scored(path, reference / "ground_truth_valid.mat")
    path.unlink()
    with pytest.raises(InputError, match=r"cannot read"):
        scored(path, reference / "ground_truth_valid.mat")


def test_a_file_on_which_the_hdf5_library_crashes_is_one_sentence(tmp_path):
    path = tmp_path / "preds.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset(
            "preds", data=np.ones((3, 16, 2), "f4"), chunks=(2, 8, 2), shuffle=True, fletcher32=True
        )
    content = bytearray(path.read_bytes())
    content[9], content[4012] = 92, 230  # found by changing bytes at random: HDF5 1.14 segfaults
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"preds\.h5 is a damaged HDF5 file"):
        read_table(path)


def small_truth(**changes):
    boxes = np.zeros((2, 2, 3))
    boxes[1] = 50
    places = np.arange(96.0).reshape(16, 2, 3)
    truth = {"pos_gt_src": places, "jnt_missing": np.zeros((16, 3)), "headboxes_src": boxes}
    return {k: v for k, v in {**truth, **changes}.items() if v is not None}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"jnt_missing": None}, "no variable 'jnt_missing'"),
        ({"jnt_missing": np.zeros((16, 2))}, "differ in people"),
        ({"jnt_missing": np.full((16, 3), np.nan)}, "jnt_missing of person 1 is not finite"),
        ({"pos_gt_src": np.zeros((15, 2, 3))}, "pos_gt_src has 15x2x3.*16x2xpeople"),
        ({"pos_gt_src": "abc"}, "pos_gt_src"),
        ({"headboxes_src": np.ones((2, 2, 3))}, "head box of person 1 has no size"),
        ({"dataset_joints": np.array(["head", "neck"], object)}, "dataset_joints is head, neck"),
    ],
)
def test_ground_truth_that_is_none_is_named(tmp_path, changes, words):
    savemat(tmp_path / "preds.mat", {"preds": np.ones((3, 16, 2))})
    savemat(tmp_path / "truth.mat", small_truth(**changes))
    with pytest.raises(DataError, match=rf"truth\.mat.*{words}"):
        scored(tmp_path / "preds.mat", tmp_path / "truth.mat")


def test_one_person_is_no_array_in_matlab(tmp_path):
    truth = small_truth()
    one = {name: value[..., :1] for name, value in truth.items()}
    savemat(tmp_path / "truth.mat", one)
    savemat(tmp_path / "preds.mat", {"preds": one["pos_gt_src"][..., 0]})
    assert scored(tmp_path / "preds.mat", tmp_path / "truth.mat").metrics["Mean"] == 100


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), which=st.sampled_from(["truth.mat", "preds.mat", "preds.h5"]))
def test_changed_bytes_never_crash(tmp_path, data, which):
    savemat(tmp_path / "truth.mat", small_truth())
    savemat(tmp_path / "preds.mat", {"preds": np.ones((3, 16, 2))})
    with h5py.File(tmp_path / "preds.h5", "w") as file:
        file["preds"] = np.ones((3, 16, 2))
    content = bytearray((tmp_path / which).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / which).write_bytes(content)
    preds = which if which.startswith("preds") else "preds.mat"
    try:
        scored(tmp_path / preds, tmp_path / "truth.mat")
    except InputError as error:
        assert str(tmp_path / which) in str(error)  # noqa: PT017


def test_people_in_images_are_also_measured_by_installed_metrics(shared_data, tmp_path):
    where = {"path": str(shared_data / "mpii"), "eval_split": "valid"}
    dataset = open_dataset(DataConfig(**where, options={"cache": str(tmp_path)}))
    found = [
        {"image_id": sample.image_id, "score": 1.0, "keypoints": points.ravel().tolist()}
        for sample in dataset.eval_samples()
        for points in sample.keypoints
    ]
    results = tmp_path / "results.json"
    results.write_text(json.dumps(found))
    given = {**where, "options": {"cache": str(tmp_path)}}
    pck = scored(results, metric="pck(threshold=0.05)", **given)
    assert pck.metrics == {"PCK@0.05": 100.0, "PCK@0.05 weighted": 100.0}
    assert pck.protocol["people"] == len(found)
    results.write_text(json.dumps(found[: len(found) // 2]))
    assert scored(results, metric="PCK", **given).metrics["PCK@0.2 weighted"] < 90


def test_metrics_that_it_lacks_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"'mAP'.*PCKh, AUC, EPE"):
        scored(tmp_path / "x.mat", metric="mAP")
    with pytest.raises(InputError, match=r"'accuracy'.*mAP, PCKh, AUC"):
        scored(tmp_path / "x.json", metric="accuracy")
