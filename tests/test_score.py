"""`hyperpose score` and `hyperpose eval --errors` on real files."""

import json
import re

import numpy as np
import pytest

from hyperpose_coco.skeleton import COCO
from hyperpose_core.cli import main

COCO_NUMBERS = ".372 .636 .348 .384 .386 .514 .734 .504 .508 .522"
PCKH_NUMBERS = "96.79 95.19 90.08 85.32 87.48 84.26 80.73 88.64"
NAMES = "AP AP50 AP75 APm APl AR AR50 AR75 ARm ARl"


@pytest.fixture
def run(capsys):
    def run(*words, code=0):
        assert main([str(word) for word in words]) == code
        printed = capsys.readouterr()
        return printed.err if code else printed.out

    return run


@pytest.fixture(scope="module")
def reference(shared_data):
    return shared_data / "reference_results"


@pytest.fixture(scope="module")
def val(shared_data):
    file = shared_data / "coco" / "annotations" / "person_keypoints_val2017.json"
    return json.loads(file.read_text())


def perfect(content, change=lambda points, person: points):
    """Return the people of annotations as predictions, somehow changed."""
    found = []
    for person in content["annotations"]:
        if person["num_keypoints"] and not person["iscrowd"]:
            points = np.reshape(person["keypoints"], (17, 3)).astype(float)
            points = change(points, person)
            points[:, 2] = 1
            keys = {"image_id": person["image_id"], "category_id": 1, "score": 0.5}
            found.append({**keys, "keypoints": points.ravel().tolist()})
    return found


@pytest.fixture
def score(run, shared_data, tmp_path):
    """Score predictions on the COCO subset's val split."""

    def score(found, *words, **kw):
        (tmp_path / "results.json").write_text(json.dumps(found))
        where = ("--dataset", "coco", "--data", shared_data / "coco")
        text = run("score", tmp_path / "results.json", *where, *words, **kw)
        return json.loads(text) if "--json" in words and not kw else text

    return score


def numbers(text):
    """Return what is printed first, until the empty line, by name."""
    return dict(line.split() for line in text.split("\n\n")[0].splitlines())


def coco_words(reference):
    folder = reference / "coco"
    results = folder / "person_keypoints_val2014_fakekeypoints100_results.json"
    return results, "--ground-truth", folder / "person_keypoints_val2014_100.json"


@pytest.mark.parametrize("dataset", ["coco", "coco-custom"])
def test_the_ten_numbers_published_with_the_coco_api(run, reference, dataset):
    text = run("score", *coco_words(reference), "--dataset", dataset)
    published = dict(zip(NAMES.split(), COCO_NUMBERS.split(), strict=True))
    assert numbers(text) == {name: f"0{value}" for name, value in published.items()}
    for line in (r"images without predictions \(they count\) +53", "sigmas +of the skeleton coco"):
        assert re.search(line, text)
    assert "jitter" in text


def test_the_eight_numbers_published_with_the_hourglass(run, reference):
    folder = reference / "mpii"
    truth = ("--ground-truth", folder / "ground_truth_valid.mat")
    text = run("score", folder / "predictions_hg_s8_b1.mat", *truth, "--dataset", "mpii")
    assert list(numbers(text).values())[:8] == PCKH_NUMBERS.split()
    assert "mean" in text.split("\n\n")[1]


def test_ground_truth_as_predictions_is_perfect(score, val):
    document = score(perfect(val), "--json")
    assert document["metrics"]["AP"] == pytest.approx(1.0)
    rows = document["tables"]["what lacks to AP 1"]
    assert all(not row["count"] for row in rows)
    assert [row["gain in turn"] for row in rows] == pytest.approx([0.0] * len(rows))
    points = document["tables"]["keypoints of matched people"]
    assert sum(row["good"] for row in points) == sum(
        person["num_keypoints"] for person in val["annotations"]
    )


def jitter(points, person):
    away = np.sqrt(-np.log(0.84) * 8 * person["area"]) * np.array(COCO.sigmas)
    points[:, 0] += away
    return points


def inverted(points, person):
    """Exchange left and right where both are annotated."""
    mirrored = points[list(COCO.flip)]
    return np.where((points[:, 2:] > 0) & (mirrored[:, 2:] > 0), mirrored, points)


def far(points, person):
    points[[5, 10, 13], 1] -= 5000
    return points


@pytest.mark.parametrize(
    ("kind", "change"),
    [("jitter", jitter), ("inversion", inverted), ("miss", far)],
)
def test_damage_of_real_annotations_is_named(score, val, kind, change):
    # A few points lie so near to others that moving them makes an error of another kind.
    document = score(perfect(val, change), "--metric", "errors", "--json")
    rows = {row["error"]: row for row in document["tables"]["what lacks to AP 1"]}
    kinds = ("miss", "swap", "inversion", "jitter")
    assert rows[kind]["count"] > 9 * sum(rows[k]["count"] for k in kinds if k != kind)
    assert max(kinds, key=lambda k: rows[k]["gain alone"]) == kind
    # Those who lie in a crowd are not asked for.
    assert rows["background"]["count"] + rows["not found"]["count"] < 8


def test_images_without_predictions_count(score, val):
    """Leaving them out, as the 2021 library did, would raise AP: it must not."""
    found = perfect(val)
    kept = sorted({entry["image_id"] for entry in found})[::2]
    half = [entry for entry in found if entry["image_id"] in kept]
    document = score(half, "--metric", "oks", "--json")
    assert document["metrics"]["AR"] == pytest.approx(len(half) / len(found))
    assert document["protocol"]["images without predictions (they count)"] == 44 - len(kept)

    from hyperpose_coco.oks.oks import evaluate_oks

    inflated = evaluate_oks(val["annotations"], half, COCO.sigmas, kept)
    assert inflated["AP"] == pytest.approx(1.0)
    assert document["metrics"]["AP"] < inflated["AP"] - 0.2


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("keypoints", [1, 2, 1] * 16, "'keypoints' is .* a list of 51 finite numbers"),
        ("keypoints", [float("nan"), 2, 1] * 17, "'keypoints' is .* a list of 51 finite numbers"),
        ("keypoints", ..., "'keypoints' is missing"),
        ("image_id", 77, "'image_id' is 77; it must be the id of an image of .*val2017.json"),
        ("image_id", 1.0, "'image_id' is 1.0"),
        ("category_id", 2, "'category_id' is 2; it must be a category .*: 1"),
        ("category_id", ..., "'category_id' is missing"),
        ("score", None, "'score' is None"),
        ("score", float("inf"), "'score' is inf"),
        ("score", "0.5", "'score' is '0.5'"),
    ],
)
def test_a_bad_result_is_named(score, val, key, value, message):
    found = perfect(val)
    found[3] = {name: item for name, item in found[3].items() if name != key}
    if value is not ...:
        found[3][key] = value
    text = score(found, code=2)
    assert re.search(f"results.json: result 3: {message}", text), text


@pytest.mark.parametrize("found", [{"annotations": []}, 7, [5]])
def test_what_is_no_list_of_results_is_refused(score, found):
    assert "result" in score(found, code=2)


def test_wrong_words_are_refused(run, score, reference):
    assert "there are oks, errors, pck" in score([], "--metric", "accuracy", code=2)
    assert "no split 'night'" in score([], "--split", "night", code=2)
    assert "leave them out" in score([], "--metric", "pck", "--sigmas", "1" + ",1" * 16, code=2)
    assert "17 keypoints" in score([], "--sigmas", "0.1,0.2", code=2)
    words = ("--dataset", "coco", "--split", "val")
    assert "leave them out" in run("score", *coco_words(reference), *words, code=2)
    assert "nobody-knows" in run("score", "x.json", "--dataset", "nobody-knows", code=2)


def test_no_results_at_all_is_zero(score):
    assert numbers(score([]))["AP"] == "0.000"


def test_given_sigmas_change_the_score_and_are_stated(run, reference):
    words = (*coco_words(reference), "--dataset", "coco", "--json")
    strict = json.loads(run("score", *words, "--sigmas", "0.01" + ",0.01" * 16))
    assert strict["metrics"]["AP"] < 0.3
    assert strict["protocol"]["sigmas"] == "given"


@pytest.mark.parametrize(("metric", "expected"), [("pck", 100.0), ("auc", 100.0), ("epe", 0.0)])
def test_distances_of_perfect_predictions(score, val, metric, expected):
    metrics = score(perfect(val), "--metric", metric, "--json")["metrics"]
    assert next(iter(metrics.values())) == pytest.approx(expected, abs=1e-4)
    assert "PCKh needs the size of the head" in score([], "--metric", "pckh", code=2)


def test_distances_count_people_who_were_not_found(score, val):
    found = perfect(val)
    rates = score(found[: len(found) // 2], "--metric", "pck", "--json")["metrics"]
    assert 30 < rates["PCK@0.2 weighted"] < 70


def test_pckh_of_any_skeleton_with_a_head(run, tmp_path):
    names = ["headtop", "upper_neck", "left_wrist", "right_wrist"]
    points = [100, 50, 2, 100, 90, 2, 40, 200, 2, 160, 200, 1]
    person = {"id": 1, "image_id": 1, "category_id": 1, "keypoints": points, "area": 9e3}
    truth = {
        "images": [{"id": n, "file_name": f"{n}.jpg", "width": 300, "height": 300} for n in (1, 2)],
        "annotations": [
            {**person, "bbox": [30, 40, 140, 200], "iscrowd": 0},
            {**person, "bbox": [30, 40, 140, 200], "iscrowd": 0, "id": 2, "image_id": 2},
        ],
        "categories": [{"id": 1, "name": "person", "keypoints": names}],
    }
    # The head is 40 pixels long: one wrist is 19 pixels away, the other 21.
    moved = [100, 50, 1, 100, 90, 1, 40, 219, 1, 160, 221, 1]
    found = [{"image_id": 1, "category_id": 1, "keypoints": moved, "score": 0.3}]
    for name, content in (("truth", truth), ("found", found)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    files = (tmp_path / "found.json", "--ground-truth", tmp_path / "truth.json")
    words = (*files, "--dataset", "coco-custom", "--metric", "pckh")
    document = json.loads(run("score", *words, "--json"))
    assert document["metrics"] == pytest.approx({"PCKh@0.5": 37.5, "PCKh@0.5 weighted": 37.5})
    rates = {row["keypoint"]: row["PCKh@0.5"] for row in document["tables"]["by keypoint"]}
    assert rates == dict(zip(names, (50.0, 50.0, 50.0, 0.0), strict=True))
    assert numbers(run("score", *words).replace(" weighted", "_weighted"))["PCKh@0.5"] == "37.50"


def test_names_in_files_neither_move_the_cursor_nor_end_a_line(run, tmp_path):
    names = ["headtop", "upper_neck", "\x1b[2Jleft\nAP  1.000"]
    points = [100, 50, 2, 100, 90, 2, 40, 200, 2]
    person = {"id": 1, "image_id": 1, "category_id": 1, "keypoints": points, "area": 9e3}
    truth = {
        "images": [{"id": 1, "file_name": "1.jpg", "width": 300, "height": 300}],
        "annotations": [{**person, "bbox": [30, 40, 140, 200], "iscrowd": 0}],
        "categories": [{"id": 1, "name": "person", "keypoints": names}],
    }
    found = [{"image_id": 1, "category_id": 1, "keypoints": points, "score": 0.3}]
    for name, content in (("truth", truth), ("found", found)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    files = (tmp_path / "found.json", "--ground-truth", tmp_path / "truth.json")
    out = run("score", *files, "--dataset", "coco-custom", "--metric", "pckh")
    assert r"\x1b[2Jleft\nAP  1.000" in out
    assert "\x1b" not in out


def test_of_several_categories_one_is_scored_and_the_others_are_counted(run, tmp_path):
    names = ["nose", "hip", "tail"]
    animal = {"image_id": 1, "area": 4e3, "bbox": [20, 20, 70, 70], "iscrowd": 0}
    places = ([20, 20, 2, 60, 60, 2, 90, 90, 2], [25, 90, 2, 50, 30, 2, 90, 20, 2])
    truth = {
        "images": [{"id": 1, "file_name": "a.png", "width": 200, "height": 200}],
        "annotations": [
            {**animal, "id": n, "category_id": n, "keypoints": points}
            for n, points in enumerate(places, 1)
        ],
        "categories": [
            {"id": n, "name": name, "keypoints": names} for n, name in ((1, "cat"), (2, "dog"))
        ],
    }
    found = [
        {"image_id": 1, "category_id": n, "keypoints": points, "score": 0.9}
        for n, points in enumerate(places, 1)
    ]
    for name, content in (("truth", truth), ("found", found)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    words = ("score", tmp_path / "found.json", "--ground-truth", tmp_path / "truth.json")
    words = (*words, "--dataset", "coco-custom", "--sigmas", "0.05,0.05,0.05")
    assert "--set data.options.category=cat" in run(*words, code=2)
    for category in ("cat", "dog"):
        chosen = ("--set", f"data.options.category={category}", "--json")
        document = json.loads(run(*words, *chosen))
        assert document["metrics"]["AP"] == pytest.approx(1.0)
        assert document["protocol"]["predictions of other categories (left out)"] == 1
