"""Large files: read in parts, checked together, masks made later; the same as entry by entry."""

import json
import tracemalloc
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperpose_coco import masks
from hyperpose_coco.form import annotations, cached, document, people
from hyperpose_coco.form.annotations import read_annotations
from hyperpose_coco.form.document import IrregularError, parts
from hyperpose_coco.form.samples import make_samples
from hyperpose_core.errors import DataError
from hyperpose_datatools.caching import Cache, folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def drawn(seed, count=40, images=9):
    """Return people of every kind: with polygons, run lengths, nothing; seen, hidden, crowds."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        points = rng.integers(0, 60, (4, 3))
        points[:, 2] = rng.integers(0, 3, 4) * (rng.random() < 0.7)
        polygon = np.round(rng.uniform(-9, 70, 2 * int(rng.integers(3, 9))), 2).tolist()
        runs = {"size": [50, 60], "counts": [int(rng.integers(2000)), 100, 0]}
        runs["counts"][2] = 3000 - sum(runs["counts"])
        person = {
            "id": number + 5,
            "image_id": int(rng.integers(images)) + 1,
            "category_id": 1,
            "keypoints": points.ravel().tolist(),
            "num_keypoints": int((points[:, 2] > 0).sum()),
            "bbox": np.round(rng.uniform(0, 30, 4), 1).tolist(),
            "area": float(np.round(rng.uniform(0, 300), 3)),
            "iscrowd": int(rng.random() < 0.2),
            "segmentation": [[polygon], [polygon, [1, 2, 30, 4, 5, 40]], runs, [], None][
                number % 5
            ],
        }
        if rng.random() < 0.1:
            del person["num_keypoints"], person["category_id"]
        found.append(person)
    names = [
        {"id": n + 1, "file_name": f"{n}.jpg", "width": 60, "height": 50} for n in range(images)
    ]
    return {"images": names, "annotations": found, "categories": [{"id": 1, "name": "person"}]}


def read(path, monkeypatch, at_once=7, together=True, **given):
    """Read a file in parts of so many entries, checked together or one by one."""
    with monkeypatch.context() as patch:
        patch.setattr(document, "AT_ONCE", at_once)
        if not together:
            patch.setattr(people, "_together", lambda *_: None)
        return read_annotations(path, 4, **given)


def equal(one, other):
    assert (one.rows.ids, one.rows.names) == (other.rows.ids, other.rows.names)
    for item in fields(one.everybody):
        values = [getattr(a.everybody, item.name) for a in (one, other)]
        assert type(values[0]) is type(values[1])
        if isinstance(values[0], np.ndarray):
            assert values[0].dtype == values[1].dtype
            np.testing.assert_array_equal(*values)
        else:
            assert list(values[0]) == list(values[1])
    np.testing.assert_array_equal(one.first, other.first)
    np.testing.assert_array_equal(one.last, other.last)


@pytest.mark.parametrize("given_", [{}, {"least_area": 100.0}, {"category": 1}, {"unique": False}])
@pytest.mark.parametrize("seed", range(3))
def test_in_parts_and_together_is_whole_and_alone(tmp_path, monkeypatch, seed, given_):
    content = drawn(seed)
    if "category" in given_:
        content["annotations"] = [
            {**p, "category_id": n % 3} for n, p in enumerate(content["annotations"])
        ]
    path = tmp_path / "people.json"
    path.write_text(json.dumps(content))
    whole = read(path, monkeypatch, 10**6, together=False, **given_)
    equal(read(path, monkeypatch, **given_), whole)
    # Twice the same key: nothing but the whole of it can be read.
    path.write_text(json.dumps(content)[:-1] + ', "info": 1, "info": 2}')
    equal(read(path, monkeypatch, **given_), whole)
    shuffled = {key: content[key] for key in ("annotations", "categories", "images")}
    path.write_text(json.dumps(shuffled, indent=1))
    equal(read(path, monkeypatch, **given_), whole)


@pytest.mark.parametrize("seed", range(4))
def test_masks_made_later_are_those_of_the_regions(tmp_path, monkeypatch, seed):
    content = drawn(seed)
    path = tmp_path / "people.json"
    path.write_text(json.dumps(content))
    made = [
        make_samples(read(path, monkeypatch, **given), tmp_path, least_area=100)
        for given in ({}, {"least_area": 100.0})
    ]
    for sample, packed in zip(*made, strict=True):
        mine = [p for p in content["annotations"] if p["image_id"] == sample.image_id]
        hidden = [
            p for p in mine if p["iscrowd"] or p["area"] < 100 or not any(p["keypoints"][2::3])
        ]
        box = masks.box_region
        regions = [
            masks.region(p["segmentation"], 60, 50) if p["segmentation"] else box(p["bbox"], 60, 50)
            for p in hidden
        ]
        assert list(packed.masks) == list(sample.masks) == regions
        assert len(packed.masks) == len(hidden)
        assert packed.mask == sample.mask == masks.from_regions(regions)
        assert packed.is_crowd == any(p["iscrowd"] for p in hidden)
        assert len(packed.keypoints) == len(mine) - len(hidden)
        for name in ("keypoints", "boxes", "areas"):
            np.testing.assert_array_equal(getattr(sample, name), getattr(packed, name))


def test_annotations_read_for_other_sizes_make_no_samples(tmp_path, monkeypatch):
    path = tmp_path / "people.json"
    path.write_text(json.dumps(drawn(0)))
    with pytest.raises(ValueError, match="read for 50"):
        make_samples(read(path, monkeypatch, least_area=50), tmp_path, least_area=100)


def test_no_mask_is_made_before_it_is_looked_at(tmp_path, monkeypatch):
    path = tmp_path / "people.json"
    content = drawn(0)
    for person in content["annotations"]:
        person["segmentation"] = [[1, 1, 20, 1, 20, 20]]
    path.write_text(json.dumps(content))
    found = read(path, monkeypatch, least_area=100)
    monkeypatch.setattr(masks, "region", None)
    made = make_samples(found, tmp_path, least_area=100)
    hiding = next(sample for sample in made if sample.masks)
    with pytest.raises(TypeError):
        _ = hiding.mask


texts = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=30,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=2), texts), st.sampled_from([None, 0, 3]), st.booleans())
def test_the_parts_of_a_document_are_the_document(content, indent, spaced):
    separators = (" ,\n", "\t: ") if spaced else None
    text = json.dumps(content, indent=indent, separators=separators)
    found = {}
    for key, value in parts(text):
        found[key] = found[key] + value if isinstance(value, list) and key in found else value
    assert found == content


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=2), texts), st.data())
def test_what_is_no_json_is_irregular(content, data):
    text = json.dumps(content)
    place = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 2))
    text = (
        text[:place]
        + data.draw(st.sampled_from(["", ",", "]", "}", '"', " x"]))
        + text[place + cut :]
    )
    try:
        json.loads(text)
    except ValueError:
        with pytest.raises(IrregularError):
            list(parts(text))


def test_errors_are_those_of_the_whole_file(tmp_path, monkeypatch):
    """Also where a part would meet another one first."""
    path = tmp_path / "people.json"
    content = drawn(0)
    content["annotations"][3]["bbox"] = None
    path.write_text(json.dumps(content)[:-1])
    with pytest.raises(DataError, match="is not JSON"):
        read(path, monkeypatch)
    content["annotations"][20]["id"] = content["annotations"][11]["id"]
    content["annotations"][3]["bbox"] = [1, 2, 3, 4]
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match="annotation 20 has the id 16 of an earlier one"):
        read(path, monkeypatch)
    content["annotations"][20] |= {"id": 1, "image_id": 99}
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match=r"annotation 20 \(id 1\) is of the image 99, which"):
        read(path, monkeypatch)


def test_a_large_file_is_never_whole_in_memory_as_objects(tmp_path, monkeypatch):
    path = tmp_path / "people.json"
    content = drawn(0, 3000)
    for person in content["annotations"]:
        person["segmentation"] = [[float(n) for n in range(400)]]
    path.write_text(json.dumps(content))

    def peak(at_once):
        tracemalloc.start()
        read(path, monkeypatch, at_once, least_area=100)
        try:
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    monkeypatch.setattr(cached, "LEAST", 2**40)
    assert peak(50) < 0.6 * peak(10**6)


@pytest.mark.parametrize("given_", [{}, {"category": 1}, {"people": False}, {"unique": False}])
def test_samples_of_a_cache_are_those_of_the_file(tmp_path, monkeypatch, given_):
    path = tmp_path / "people.json"
    content = drawn(4)
    for person in content["annotations"]:
        person["category_id"] = 1
    path.write_text(json.dumps(content))
    first = read(path, monkeypatch, least_area=100.0, **given_)
    assert not folder().exists()  # it is small
    monkeypatch.setattr(cached, "LEAST", 1)
    equal(read(path, monkeypatch, least_area=100.0, **given_), first)
    monkeypatch.setattr(annotations, "_parsed", None)
    again = read(path, monkeypatch, least_area=100.0, **given_)
    equal(again, first)
    both = [make_samples(found, tmp_path, least_area=100.0) for found in (first, again)]
    for one, other in zip(*both, strict=True):
        assert (one.image_id, one.path, one.mask) == (other.image_id, other.path, other.mask)
        for name in ("keypoints", "boxes", "areas"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    with pytest.raises(TypeError):  # of other settings it is read
        read(path, monkeypatch, least_area=101.0, **given_)
    content["annotations"].pop()
    path.write_text(json.dumps(content))
    with pytest.raises(TypeError):
        read(path, monkeypatch, least_area=100.0, **given_)


@pytest.mark.parametrize("gone", [None, "points", "region ends", "list ids", "first"])
def test_a_cache_of_something_else_is_made_anew(tmp_path, monkeypatch, gone):
    path = tmp_path / "people.json"
    path.write_text(json.dumps(drawn(4)))
    monkeypatch.setattr(cached, "LEAST", 1)
    first = read(path, monkeypatch, least_area=100.0)
    load = Cache.load
    if gone is not None:
        less = lambda self: {k: v for k, v in load(self).items() if k != gone}  # noqa: E731
        monkeypatch.setattr(Cache, "load", less)
    else:
        shorter = lambda self: {k: v[:1] if k == "points" else v for k, v in load(self).items()}  # noqa: E731
        monkeypatch.setattr(Cache, "load", shorter)
    equal(read(path, monkeypatch, least_area=100.0), first)
