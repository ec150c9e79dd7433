"""OKS: the published numbers, and the corners of the protocol."""

import json

import numpy as np
import pytest

from hyperpose_coco.oks.oks import METRICS, evaluate_oks, humans_to_results
from hyperpose_coco.skeleton import COCO
from hyperpose_core.data.humans import Human
from hyperpose_core.errors import ConfigError

PUBLISHED = (0.372, 0.636, 0.348, 0.384, 0.386, 0.514, 0.734, 0.504, 0.508, 0.522)


def person(image_id, shift=0.0, number=0, **changes):
    rng = np.random.default_rng(number)
    points = np.full((17, 3), 2.0)
    points[:, :2] = rng.uniform(0, 100, (17, 2)) + shift
    entry = {
        "image_id": image_id,
        "keypoints": points.ravel().tolist(),
        "num_keypoints": 17,
        "bbox": [0, 0, 100, 100],
        "area": 5000.0,
        "iscrowd": 0,
    }
    return {**entry, **changes}


def result(truth, score=1.0):
    return {"image_id": truth["image_id"], "keypoints": truth["keypoints"], "score": score}


def test_the_ten_numbers_published_with_the_coco_api(shared_data, capsys):
    folder = shared_data / "reference_results" / "coco"
    truth = json.loads((folder / "person_keypoints_val2014_100.json").read_text())
    results = json.loads(
        (folder / "person_keypoints_val2014_fakekeypoints100_results.json").read_text()
    )
    ids = [image["id"] for image in truth["images"]]
    scores = evaluate_oks(truth["annotations"], results, COCO.sigmas, ids)
    assert tuple(scores) == METRICS
    assert tuple(round(v, 3) for v in scores.values()) == PUBLISHED
    assert capsys.readouterr() == ("", "")


def test_images_without_predictions_count():
    truth = [person("a", number=1), person("b", number=2)]
    found = [result(truth[0])]
    assert evaluate_oks(truth, found, COCO.sigmas, ["a", "b"])["AR"] == pytest.approx(0.5)
    assert evaluate_oks(truth, found, COCO.sigmas, ["a"])["AP"] == pytest.approx(1.0)


def test_annotations_numbered_zero_count_too():
    truth = [person(7, id=0)]
    assert evaluate_oks(truth, [result(truth[0])], COCO.sigmas, [7])["AP"] == pytest.approx(1.0)


def test_no_results_is_zero_and_nobody_to_find_is_minus_one():
    truth = [person(1)]
    assert set(evaluate_oks(truth, [], COCO.sigmas, [1]).values()) == {0.0, -1.0}
    assert evaluate_oks(truth, [], COCO.sigmas, [1])["AP"] == 0.0
    assert evaluate_oks([], [result(truth[0])], COCO.sigmas, [1])["AP"] == -1.0
    assert evaluate_oks([], [], COCO.sigmas, [])["AP"] == -1.0


def test_results_of_other_images_are_left_out():
    truth = [person(1)]
    found = [result(truth[0], 0.5), result(person(2, 500.0), 0.9)]
    assert evaluate_oks(truth, found, COCO.sigmas, [1])["AP"] == pytest.approx(1.0)


def test_without_sigmas_nothing_can_be_scored():
    with pytest.raises(ConfigError, match="sigmas"):
        evaluate_oks([person(1)], [], (), [1])


def test_points_not_found_do_not_enlarge_the_person():
    keypoints = np.zeros((17, 3), np.float32)
    keypoints[:5] = [
        [300, 200, 0.9],
        [310, 210, 0.8],
        [320, 220, 0.7],
        [330, 200, 0.9],
        [340, 220, 1],
    ]
    nobody = Human(np.zeros((17, 3), np.float32), 0.5, COCO)
    (entry,) = humans_to_results({3: [Human(keypoints, 0.75, COCO), nobody]}, COCO)
    points = np.reshape(entry["keypoints"], (17, 3))
    np.testing.assert_allclose(points[:5], keypoints[:5], atol=1e-3)
    np.testing.assert_allclose(points[5:], np.tile([320, 210, 0], (12, 1)), atol=1e-3)
    assert (entry["image_id"], entry["score"]) == (3, 0.75)
    assert json.loads(json.dumps(entry)) == entry
