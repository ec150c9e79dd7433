"""AP of joints and PCKh of several people, by cases that can be counted by hand."""

import numpy as np
import pytest
from mpii_files import EMPTY, person, struct, whole, write_dataset

from hyperpose_coco.skeleton import COCO
from hyperpose_core.config import DataConfig
from hyperpose_core.data.humans import Human
from hyperpose_core.errors import InputError
from hyperpose_mpii.dataset import open_dataset
from hyperpose_mpii.skeleton import MPII

A, B = 5808361, 52475643
IMAGES = [
    ("005808361.jpg", struct(person(whole()), person(whole(60, -20)))),
    ("052475643.jpg", struct(person(whole(30)))),
]


@pytest.fixture
def mpii(tmp_path):
    return open_dataset(DataConfig(path=str(write_dataset(tmp_path, IMAGES))))


def truth(dataset, score=0.5):
    return {s.image_id: [human(k, score) for k in s.keypoints] for s in dataset.eval_samples()}


def human(points, score=0.5, dx=0.0, joint_score=None):
    keypoints = np.array(points, np.float32)
    keypoints[:, 0] += dx
    keypoints[:, 2] = (keypoints[:, 2] > 0) * (score if joint_score is None else joint_score)
    return Human(keypoints, score, MPII)


def test_the_annotations_score_one_hundred(mpii):
    assert set(mpii.evaluate(truth(mpii)).values()) == {100.0}


def test_nobody_scores_zero_and_every_image_counts(mpii):
    assert set(mpii.evaluate({}).values()) == {0.0}
    half = {A: truth(mpii)[A]}
    assert mpii.evaluate(half)["mAP"] == pytest.approx(200 / 3)
    assert mpii.evaluate(half)["PCKh"] == pytest.approx(200 / 3)
    assert mpii.evaluate(half, image_ids=[A])["mAP"] == 100


def test_false_people_cost_precision_where_they_are_surer(mpii):
    found = truth(mpii)
    found[B].append(human(found[B][0].keypoints, 0.9, dx=150))
    # The false one is first of four: precision 1/2, 2/3, 3/4, of which the best ones count.
    assert mpii.evaluate(found)["mAP"] == pytest.approx(75)
    assert mpii.evaluate(found)["PCKh"] == 100
    found[B][-1] = human(found[B][0].keypoints, 0.1, dx=150)
    assert mpii.evaluate(found)["mAP"] == 100


def test_of_two_on_one_person_the_better_counts_and_the_other_is_false(mpii):
    found = truth(mpii)
    worse = human(found[B][0].keypoints, 0.9)
    worse.keypoints[:8, 0] += 100
    found[B].append(worse)
    scores = mpii.evaluate(found)
    assert scores["PCKh"] == 100
    assert scores["mAP"] == pytest.approx(75)


def test_of_two_equal_ones_the_surer_counts(mpii):
    found = truth(mpii)
    found[B].append(human(found[B][0].keypoints, 0.9))
    assert mpii.evaluate(found)["mAP"] == pytest.approx(100)
    found[B].append(human(found[B][0].keypoints, 0.95, joint_score=0.1))
    # The surest person's joints are the least sure ones: the two others stand before it.
    assert mpii.evaluate(found)["mAP"] < 100


def test_head_sizes_decide_who_is_near(mpii):
    size = 0.6 * np.hypot(30, 40)
    for part, score in ((0.49, 100), (0.51, 0)):
        found = {
            s.image_id: [human(k, dx=part * size) for k in s.keypoints] for s in mpii.eval_samples()
        }
        assert mpii.evaluate(found)["mAP"] == score
        assert mpii.evaluate(found)["PCKh"] == score


def test_predictions_on_people_without_annotation_count_neither_way(tmp_path):
    hidden = person(EMPTY, head=None, scale=0.5, objpos=(260, 120))
    images = [("005808361.jpg", struct(person(whole()), hidden))]
    dataset = open_dataset(DataConfig(path=str(write_dataset(tmp_path, images))))
    found = truth(dataset)
    shape = np.array(found[A][0].keypoints)
    shape[:, :2] = (220, 90) + np.arange(16)[:, None] * (5, 4)
    found[A].append(human(shape, 0.9))
    assert dataset.evaluate(found)["mAP"] == 100
    shape[:9, 0] -= 200
    found[A][-1] = human(shape, 0.9)
    assert dataset.evaluate(found)["mAP"] == 50


def test_people_without_a_head_box_are_not_scored(tmp_path):
    images = [("005808361.jpg", struct(person(whole()), person(whole(60, -20), head=None)))]
    dataset = open_dataset(DataConfig(path=str(write_dataset(tmp_path, images))))
    found = truth(dataset)
    assert dataset.evaluate(found)["mAP"] == 100
    assert dataset.evaluate({A: found[A][:1]})["mAP"] == 100
    assert dataset.evaluate({A: found[A][1:]})["mAP"] == 0


def test_what_nobody_annotated_is_minus_one(tmp_path):
    dataset = open_dataset(DataConfig(path=str(write_dataset(tmp_path, [("005808361.jpg", None)]))))
    assert set(dataset.evaluate({}).values()) == {-1.0}


def test_another_skeleton_is_refused(mpii):
    with pytest.raises(InputError, match=r"\(17, 3\).*16 joints"):
        mpii.evaluate({A: [Human(np.ones((17, 3), np.float32), 1.0, COCO)]})


def test_the_protocol_says_what_makes_numbers_comparable(mpii):
    protocol = mpii.protocol()
    assert "0.5 head sizes" in protocol["threshold"]
    assert "14 joints without pelvis and thorax" in protocol["mean"]
    assert "false positive" in protocol["AP"]
