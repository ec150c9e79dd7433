"""COCO's form: what is read, who is a person, and that bad files end in a DataError."""

import contextlib
import copy
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperpose_coco.form.annotations import read_annotations
from hyperpose_coco.form.dataset import CocoStyleDataset, Split
from hyperpose_coco.form.samples import make_samples
from hyperpose_coco.skeleton import COCO
from hyperpose_core.data.humans import Human
from hyperpose_core.data.masks import decode, encode
from hyperpose_core.errors import DataError


def annotation(number: int, image_id=1, **changes):
    points = [10 + number, 20, 2] * 5 + [30, 40, 1] * 2 + [0, 0, 0] * 10
    entry = {
        "id": number,
        "image_id": image_id,
        "category_id": 1,
        "iscrowd": 0,
        "num_keypoints": 7,
        "keypoints": points,
        "bbox": [5.0, 5.0, 40.0, 40.0],
        "area": 1500.0,
        "segmentation": [[5, 5, 45, 5, 45, 45, 5, 45]],
    }
    return {**entry, **changes}


NOBODY = {"num_keypoints": 0, "keypoints": [0] * 51}
CONTENT = {
    "images": [
        {"id": 1, "file_name": "a.jpg", "width": 60, "height": 50},
        {"id": 2, "file_name": "b.jpg", "width": 60, "height": 50},
        {"id": 3, "file_name": "c.jpg", "width": 60, "height": 50},
    ],
    "annotations": [
        annotation(1),
        annotation(2, iscrowd=1, segmentation={"size": [50, 60], "counts": [2900, 100]}, **NOBODY),
        annotation(3, area=20.0, bbox=[50, 0, 5, 5], segmentation=[[50, 0, 55, 0, 55, 5, 50, 5]]),
        annotation(4, image_id=2, bbox=[0, 0, 10, 10], segmentation=[], **NOBODY),
    ],
    "categories": [{"id": 1, "name": "person"}],
}


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "images").mkdir()
    for name in "abc":
        (tmp_path / "images" / f"{name}.jpg").touch()
    (tmp_path / "people.json").write_text(json.dumps(CONTENT))
    return tmp_path


def dataset(folder: Path, **changes) -> CocoStyleDataset:
    splits = {"all": Split(folder / "people.json", folder / "images")}
    return CocoStyleDataset(COCO, splits, "all", "all", least_area=100, **changes)


def test_people_are_kept_and_the_others_become_the_mask(folder):
    first, second, third = dataset(folder).eval_samples()
    assert (first.image_id, first.path) == (1, folder / "images" / "a.jpg")
    assert first.keypoints.shape == (1, 17, 3)
    assert first.keypoints.dtype == first.boxes.dtype == np.float32
    assert first.boxes.tolist() == [[5, 5, 40, 40]]
    assert (first.is_crowd, second.is_crowd, len(first.masks)) == (True, False, 2)
    hidden = decode(first.mask, 60, 50) == 0
    assert hidden[:5, 50:55].all()
    assert hidden[:, -2:].all()
    assert hidden.sum() == 25 + 100
    assert (decode(second.mask, 60, 50) == 0).sum() == 100
    assert third.mask is None
    assert (len(second.keypoints), len(third.keypoints)) == (0, 0)


def test_only_images_with_people_are_trained_on(folder):
    assert [s.image_id for s in dataset(folder).train_samples()] == [1]


def test_a_given_mask_replaces_the_made_one(folder):
    sample = dataset(folder).train_samples()[0]
    sample.mask = encode(np.ones((50, 60)))
    assert decode(sample.mask, 60, 50).all()


def test_the_annotations_as_predictions_score_one(folder):
    data = dataset(folder)
    found = {
        s.image_id: [Human(np.minimum(k, (999, 999, 1)), 1.0, COCO) for k in s.keypoints]
        for s in data.eval_samples()
    }
    # The small person is not found, though the metric counts it.
    assert data.evaluate(found)["AR"] == pytest.approx(0.5)
    assert data.evaluate(found, image_ids=[2, 3])["AP"] == -1
    assert data.evaluate({})["AP"] == 0
    assert len(data.to_results(found)) == 1


def test_missing_images_are_counted_and_named(folder):
    (folder / "images" / "a.jpg").unlink()
    (folder / "images" / "c.jpg").unlink()
    data = dataset(folder, how_to_get="Ask the moon")
    with pytest.raises(DataError, match=r"2 of the images .*a\.jpg, .*c\.jpg\. Ask the moon"):
        data.check_images(data.eval_samples())
    with pytest.raises(DataError, match=r"1 of the images .*a\.jpg"):
        data.check_images(data.train_samples())
    data.check_images([sample for sample in data.eval_samples() if sample.image_id == 2])


def test_a_size_that_nobody_annotated_is_that_of_the_file(folder):
    content = json.loads((folder / "people.json").read_text())
    for image in content["images"]:
        del image["width"], image["height"]
    content["images"].append({"id": 9, "file_name": "no file can have this name" * 10})
    (folder / "people.json").write_text(json.dumps(content))
    (folder / "images" / "c.jpg").unlink()
    cv2.imwrite(str(folder / "images" / "a.jpg"), np.zeros((50, 60, 3), np.uint8))
    cv2.imwrite(str(folder / "images" / "b.jpg"), np.zeros((51, 61, 3), np.uint8))
    sizes = [(sample.width, sample.height) for sample in dataset(folder).eval_samples()]
    assert sizes == [(60, 50), (61, 51), (0, 0), (0, 0)]


@pytest.mark.parametrize("gone", ["people.json", "images"])
def test_missing_files_are_named(folder, gone):
    (folder / gone).rename(folder / "elsewhere")
    with pytest.raises(DataError, match=f"{gone}.*Ask the moon"):
        dataset(folder, how_to_get="Ask the moon").eval_samples()


def test_an_unknown_split_is_named(folder):
    data = dataset(folder)
    data.eval_split = "test"
    with pytest.raises(DataError, match=r"'test'.*all"):
        data.eval_samples()


def changed(path, value):
    """Return the content with one value replaced, or removed where it is `...`."""
    content = copy.deepcopy(CONTENT)
    place = content
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return content


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("images",), ..., "'images' is missing"),
        (("annotations",), {}, "'annotations' is an object"),
        (("images", 1), 5, "image 1 is a number"),
        (("images", 1, "file_name"), ..., r"image 1 \(id 2\): 'file_name' is missing"),
        (("images", 1, "width"), 0, "image 1 .*'width' is 0"),
        (("images", 1, "height"), "50", "image 1 .*'height' is '50'"),
        (("images", 1, "id"), 1, "image id 1 is there twice"),
        (("images", 1, "id"), None, "image 1 .*'id'"),
        (("annotations", 2), [], "annotation 2 is a list"),
        (("annotations", 2, "keypoints"), ..., r"annotation 2 \(id 3\): 'keypoints' is missing"),
        (("annotations", 2, "keypoints"), [1, 2, 2] * 16, "51 finite numbers"),
        (("annotations", 2, "keypoints"), ["1", 2, 2] * 17, "51 finite numbers"),
        (("annotations", 2, "keypoints"), [float("nan"), 2, 2] * 17, "51 finite numbers"),
        (("annotations", 2, "keypoints"), [1e300, 2, 2] * 17, "51 finite numbers"),
        (("annotations", 2, "keypoints"), [1, 2, 3] * 17, "v 0, 1 or 2"),
        (("annotations", 2, "bbox"), [1, 2, 3], "4 finite numbers"),
        (("annotations", 2, "area"), float("inf"), "area"),
        (("annotations", 2, "num_keypoints"), 99, "num_keypoints"),
        (("annotations", 2, "iscrowd"), "no", "iscrowd"),
        (("annotations", 2, "image_id"), 9, "image 9, which is not among"),
        (("annotations", 2, "segmentation"), [[1, 2]], r"id 3: a polygon is \[1, 2\]"),
    ],
)
def test_a_bad_entry_is_named_with_its_file(folder, path, value, message):
    (folder / "people.json").write_text(json.dumps(changed(path, value)))
    with pytest.raises(DataError, match=message) as caught:
        dataset(folder).eval_samples()
    assert "people.json" in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[1]", "nul", "\udcff", '{"images": [' * 100_000])
def test_what_is_not_json_is_refused(folder, text):
    (folder / "people.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match=r"people\.json"):
        dataset(folder).eval_samples()


values = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3)),
    st.lists(st.integers() | st.floats() | st.text(max_size=2), max_size=60),
    st.dictionaries(st.sampled_from(["size", "counts", "id"]), st.integers() | st.text()),
    st.lists(st.lists(st.floats(), max_size=8), max_size=3),
)
ENTRIES = [
    (key, n, name) for key in ("images", "annotations") for n in (0, 1) for name in CONTENT[key][n]
]


@settings(deadline=None)
@given(st.sampled_from([*ENTRIES, ("images",), ("annotations",), ("images", 0)]), values)
def test_any_value_anywhere_gives_samples_or_a_data_error(tmp_path_factory, path, value):
    file = tmp_path_factory.mktemp("fuzz") / "people.json"
    file.write_text(json.dumps(changed(path, value)))
    with contextlib.suppress(DataError):
        annotations = read_annotations(file, 17)
        for sample in make_samples(annotations, file.parent, least_area=1):
            assert (sample.width > 0) == (sample.height > 0)


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_give_a_data_error(tmp_path_factory, data):
    file = tmp_path_factory.mktemp("fuzz") / "people.json"
    file.write_bytes(data)
    with pytest.raises(DataError):
        read_annotations(file, 17)
