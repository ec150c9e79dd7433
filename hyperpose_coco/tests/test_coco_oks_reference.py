"""OKS against pycocotools: equal to the last digit, whatever the crowd."""

import contextlib
import io
import json
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import coco as coco_api
from pycocotools.cocoeval import COCOeval

from hyperpose_coco.error_split.split import error_split
from hyperpose_coco.form import columns
from hyperpose_coco.form.annotations import read_annotations
from hyperpose_coco.form.checked import Checked
from hyperpose_coco.oks.oks import evaluate_oks
from hyperpose_coco.oks.people import chosen, number_images, people_of, predictions_of
from hyperpose_coco.oks.similarity import pairs_of, similarities
from hyperpose_coco.scoring.results import read_results
from hyperpose_coco.skeleton import COCO


def drawn(seed, images, people, each, room=400.0):
    """Return people and predictions of images 1, 2, ...: crowds, people without keypoints, ties."""
    rng = np.random.default_rng(seed)
    truth, found = [], []
    for number in range(people):
        corner, size = rng.uniform(0, room, 2), rng.uniform(8, 250, 2)
        places = corner + rng.uniform(0, 1, (17, 2)) * size
        seen = rng.integers(0, 3, 17) * (rng.random(17) < rng.choice([0.0, 0.2, 0.6, 1.0]))
        points = np.concatenate([np.round(places) * (seen[:, None] > 0), seen[:, None]], -1)
        person = {
            "id": number + 1,
            "image_id": int(rng.integers(images)) + 1,
            "category_id": 1,
            "keypoints": points.ravel().tolist(),
            "num_keypoints": int((seen > 0).sum()) if rng.random() < 0.9 else 0,
            "bbox": [*corner.tolist(), *size.tolist()],
            "area": float(size.prod() * rng.uniform(0.2, 0.8)),
            "iscrowd": int(rng.random() < 0.15),
        }
        truth.append(person)
        for _ in range(int(rng.integers(0, each + 1))):
            away = rng.choice([0.0, 0.02, 0.1, 0.5]) * size.max()
            points = np.concatenate([places + rng.normal(0, away, (17, 2)), np.ones((17, 1))], -1)
            score = float(np.round(rng.random(), rng.choice([1, 9])))
            image = person["image_id"] if rng.random() < 0.9 else int(rng.integers(images)) + 1
            keypoints = points[list(COCO.flip)] if rng.random() < 0.1 else points
            found.append(result(image, keypoints, score))
    return truth, found


def result(image, points, score):
    keypoints = np.asarray(points, float).ravel().tolist()
    return {"image_id": image, "category_id": 1, "keypoints": keypoints, "score": score}


def reference(truth, found, images):
    """Return pycocotools' own run of entries, after it."""
    with contextlib.redirect_stdout(io.StringIO()):
        coco = coco_api.COCO()
        coco.dataset = {
            "info": {},  # without it the reference's 2.0.10 reads no results
            "images": [{"id": image} for image in images],
            "categories": [{"id": 1, "name": "person"}],
            "annotations": [dict(person) for person in truth],
        }
        coco.createIndex()
        predicted = coco.loadRes([dict(f) for f in found]) if found else coco_api.COCO()
        run = COCOeval(coco, predicted, "keypoints")
        run.params.imgIds, run.params.catIds = list(images), [1]
        run.params.kpt_oks_sigmas = np.array(COCO.sigmas)
        run.evaluate()
        run.accumulate()
        run.summarize()
    return run


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    *(st.integers(1, 6), st.integers(0, 30), st.integers(0, 9)),
    st.sampled_from([50.0, 400.0]),
)
def test_the_ten_numbers_are_those_of_pycocotools(seed, images, people, each, room):
    truth, found = drawn(seed, images, people, each, room)
    ids = range(1, images + 1)
    ours = evaluate_oks(truth, found, COCO.sigmas, ids)
    assert list(ours.values()) == reference(truth, found, ids).stats.tolist()
    assert error_split(truth, found, COCO.sigmas, COCO.flip, ids).ap == ours["AP"]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 6))
def test_every_oks_is_that_of_pycocotools_to_the_bit(seed, people, each):
    truth, found = drawn(seed, 1, people, each)
    numbers = number_images([1])
    everybody = people_of(truth, numbers, 17)
    predictions = predictions_of(found, numbers, 17)
    pairs = pairs_of(predictions.images, everybody.images)
    ours = similarities(pairs, predictions, everybody, COCO.sigmas)
    theirs = reference(truth, found, [1]).ious[1, 1]
    assert ours.tolist() == np.ravel(theirs).tolist()


def test_real_people_with_noise(shared_data):
    path = shared_data / "coco" / "annotations" / "person_keypoints_val2017.json"
    content = json.loads(path.read_text())
    truth, ids = content["annotations"], [image["id"] for image in content["images"]]
    rng, found = np.random.default_rng(0), []
    for person in truth * 3:
        points = np.reshape(person["keypoints"], (17, 3)).astype(float)
        points[:, :2] += rng.normal(0, rng.uniform(0, 0.1) * np.sqrt(person["area"]), (17, 2))
        found.append(result(person["image_id"], points, float(np.round(rng.random(), 1))))
    ours = evaluate_oks(truth, found, COCO.sigmas, ids)
    assert 0.1 < ours["AP"] < 0.9
    assert list(ours.values()) == reference(truth, found, ids).stats.tolist()


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_the_entries_decides_nothing_but_ties(seed):
    truth, found = drawn(seed, 3, 12, 4)
    for number, entry in enumerate(found):
        entry["score"] = number / len(found)
    rng = np.random.default_rng(seed)
    mixed = [[entries[n] for n in rng.permutation(len(entries))] for entries in (truth, found)]
    ids = [1, 2, 3]
    before = evaluate_oks(truth, found, COCO.sigmas, ids)
    assert evaluate_oks(*mixed, COCO.sigmas, ids) == before


def test_images_without_people_or_predictions():
    truth, found = drawn(5, 4, 12, 3)
    truth = [person for person in truth if person["image_id"] != 2]
    found = [entry for entry in found if entry["image_id"] != 3]
    ids = range(1, 9)
    ours = evaluate_oks(truth, found, COCO.sigmas, ids)
    assert list(ours.values()) == reference(truth, found, ids).stats.tolist()


def test_only_the_surest_twenty_of_an_image_count():
    truth, _ = drawn(1, 1, 1, 0)
    found = [result(1, truth[0]["keypoints"], n / 50) for n in range(50)]
    kept = predictions_of(found, number_images([1]), 17)
    assert kept.scores.tolist() == [n / 50 for n in range(49, 29, -1)]
    assert len(chosen(kept, kept.scores > 0.9).images) == 4


def test_results_are_read_together_as_one_by_one(tmp_path):
    """An entry that is written in a rare way is why all are looked at one by one."""
    truth, found = drawn(3, 2, 12, 3)
    found[0]["keypoints"][2::3] = [0] * 17
    images = [{"id": n, "file_name": f"{n}.jpg", "width": 640, "height": 480} for n in (1, 2)]
    content = {"images": images, "annotations": truth, "categories": [{"id": 1, "name": "person"}]}
    (tmp_path / "truth.json").write_text(json.dumps(content))
    annotations = read_annotations(tmp_path / "truth.json", 17)
    rare = {**found[-1], "category_id": 1.0}
    read = []
    for entries in (found, [*found[:-1], rare]):
        (tmp_path / "results.json").write_text(json.dumps(entries))
        read.append(read_results(tmp_path / "results.json", annotations, COCO).humans)
    assert read[0].keys() == read[1].keys()
    for image, people in read[0].items():
        for one, other in zip(people, read[1][image], strict=True):
            np.testing.assert_array_equal(one.keypoints, other.keypoints)
            assert one.keypoints.dtype == other.keypoints.dtype
            assert (one.score, one.skeleton) == (other.score, other.skeleton)


numbers = st.integers(-3, 2**70) | st.floats() | st.booleans() | st.none() | st.text(max_size=2)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.one_of(*[st.lists(numbers | st.just(1), min_size=3, max_size=3), numbers]), max_size=4
    )
)
def test_columns_hold_what_the_entries_hold_or_nothing(values):
    entries = [{"a": value} for value in values]
    checked = [Checked(Path(), "entry", n, entry) for n, entry in enumerate(entries)]
    ways = {
        columns.names: lambda c: c.name("a"),
        columns.scores: lambda c: c.number("a"),
        lambda v: columns.numbers(v, 3): lambda c: c.numbers("a", 3).tolist(),
        lambda v: columns.whole(v, 0, 2): lambda c: c.whole("a", 0, 2),
    }
    for together, alone in ways.items():
        column = together(columns.values_of(entries, "a"))
        if column is not None:
            assert np.array(column).tolist() == [alone(c) for c in checked]
