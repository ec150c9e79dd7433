"""Each augmentation does to picture and people what it says, the same in every run."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import tensorflow as tf

from hyperpose_augment.cutout import FILL, cutout
from hyperpose_augment.half_body import half_body
from hyperpose_augment.quality import blur, grey, jpeg, noise
from hyperpose_coco.skeleton import COCO
from hyperpose_core.contracts import PlacedImage, Placement
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton
from hyperpose_mpii.skeleton import MPII

WIDTH, HEIGHT = 96, 64
PICTURES = (cutout, blur, noise, jpeg, grey)


def seed(number):
    return tf.constant([5, number], tf.int64)


@pytest.fixture(scope="module")
def placed():
    rng = np.random.default_rng(0)
    coarse = rng.uniform(0.05, 0.95, (9, 13, 3)).astype(np.float32)
    image = np.clip(cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), 0, 1)
    points = rng.uniform(0, [WIDTH - 1, HEIGHT - 1], (3, 17, 2))
    people = np.concatenate([points, rng.integers(0, 3, (3, 17, 1))], -1)
    return PlacedImage(
        tf.constant(image),
        tf.constant(people, tf.float32),
        tf.zeros([3, 4]),
        tf.ones([HEIGHT, WIDTH, 1]),
        COCO,
    )


@pytest.mark.parametrize("augment", PICTURES)
def test_it_is_a_function_of_the_seed_and_keeps_its_promises(placed, augment):
    traced = tf.function(lambda n: augment(placed, tf.stack([tf.constant(5, tf.int64), n])).image)
    images = []
    for number in range(12):
        image = augment(placed, seed(number)).image.numpy()
        np.testing.assert_allclose(image, traced(tf.constant(number, tf.int64)), atol=1e-5)
        assert image.shape == (HEIGHT, WIDTH, 3)
        assert image.dtype == np.float32
        assert image.min() >= 0
        assert image.max() <= 1
        images.append(image)
    changed = [not np.array_equal(image, placed.image) for image in images]
    assert any(changed)
    assert not all(changed), "with a probability below 1 some images stay as they are"
    assert all(
        np.array_equal(augment(placed, seed(n), probability=0.0).image, placed.image)
        for n in range(6)
    )


@pytest.mark.parametrize("augment", [blur, noise, jpeg, grey])
def test_what_spoils_the_picture_leaves_the_people_alone(placed, augment):
    changed = augment(placed, seed(1), probability=1.0)
    assert changed.keypoints is placed.keypoints
    assert changed.boxes is placed.boxes
    assert changed.mask is placed.mask


def holes(placed, number, **arguments):
    changed = cutout(placed, seed(number), probability=1.0, **arguments)
    return changed, (np.abs(changed.image - FILL) < 1e-6).all(-1)


@pytest.mark.parametrize("n", [1, 3])
def test_keypoints_are_hidden_where_the_picture_is(placed, n):
    """By the picture alone: a keypoint whose pixel is filled is hidden, and no other."""
    hid = 0
    for number in range(20):
        changed, filled = holes(placed, number, n=n, size=0.5)
        before, after = placed.keypoints.numpy(), changed.keypoints.numpy()
        np.testing.assert_array_equal(after[..., :2], before[..., :2])
        x, y = np.moveaxis(np.rint(before[..., :2]).astype(int), -1, 0)
        under = filled[y, x]
        near = filled & ~cv2.erode(filled.astype(np.uint8), np.ones((3, 3))).astype(bool)
        near |= ~filled & cv2.dilate(filled.astype(np.uint8), np.ones((3, 3))).astype(bool)
        sure = ~near[y, x]
        expected = np.where(under, np.minimum(before[..., 2], 1), before[..., 2])
        np.testing.assert_array_equal(after[..., 2][sure], expected[sure])
        hid += (under & sure & (before[..., 2] == 2)).sum()
    assert hid > 10


def test_dropped_keypoints_and_people_that_nobody_can_see_are_there_no_more(placed):
    alone = np.array(
        [[[20, 20, 2], [22, 20, 2], [90, 60, 0]], [[21, 21, 2], [80, 50, 2], [0, 0, 0]]]
    )
    three = replace(placed, keypoints=tf.constant(alone, tf.float32))
    found = False
    for number in range(200):
        changed, filled = holes(three, number, size=1.0)
        if filled[19:23, 19:24].all() and not filled[49:52, 79:82].any():
            visibility = changed.keypoints[..., 2].numpy()
            np.testing.assert_array_equal(visibility, [[0, 0, 0], [1, 2, 0]])
            dropped, _ = holes(three, number, size=1.0, drop=True)
            np.testing.assert_array_equal(dropped.keypoints[1, :, 2], [0, 2, 0])
            found = True
    assert found


def test_holes_are_as_large_as_they_may_be(placed):
    sizes = []
    for number in range(40):
        _, filled = holes(placed, number, size=0.25)
        rows, columns = filled.any(1).sum(), filled.any(0).sum()
        assert filled.sum() == rows * columns, "one rectangle"
        sizes += [rows, columns]
    assert max(sizes) in (15, 16, 17)
    assert min(sizes) < 16


def test_blur_is_opencvs(placed):
    rough = np.random.default_rng(1).uniform(0, 1, (HEIGHT, WIDTH, 3)).astype(np.float32)
    for number in range(3):
        changed = replace(placed, image=tf.constant(rough))
        ours = blur(changed, seed(number), sigma=2.0, probability=1.0).image.numpy()
        theirs = [
            cv2.GaussianBlur(rough, (13, 13), s, borderType=cv2.BORDER_REFLECT_101)
            for s in np.linspace(0.05, 2.0, 200)
        ]
        assert min(np.abs(ours - blurred).max() for blurred in theirs) < 0.02


def test_noise_is_as_strong_as_it_says_and_has_no_bias(placed):
    flat = replace(placed, image=tf.fill([HEIGHT, WIDTH, 3], 0.5))
    added = [
        noise(flat, seed(n), sigma=0.1, probability=1.0).image.numpy() - 0.5 for n in range(40)
    ]
    deviations = [a.std() for a in added]
    assert max(deviations) < 0.102
    assert max(deviations) > 0.08
    assert min(deviations) < 0.02
    assert abs(np.mean(added)) < 1e-3
    # how strong it is does not depend on whether it is there
    rare = [noise(flat, seed(n), sigma=0.1, probability=0.3).image.numpy() for n in range(40)]
    assert max(image.std() for image in rare) > 0.06


def test_jpeg_has_the_quality_that_is_asked_for(placed):
    """OpenCV's files of the same quality are as far from the picture."""
    image = placed.image.numpy()
    for quality in (20, 90):
        ours = jpeg(placed, seed(0), lowest=quality, highest=quality, probability=1.0).image.numpy()
        coded = cv2.imencode(".jpg", np.rint(255 * image[..., ::-1]), [1, quality])[1]
        theirs = cv2.imdecode(coded, 1)[..., ::-1] / 255
        distance = np.abs(theirs - image).mean()
        np.testing.assert_allclose(np.abs(ours - image).mean(), distance, rtol=0.35)


def test_grey_is_what_opencv_calls_grey(placed):
    ours = grey(placed, seed(0), probability=1.0).image.numpy()
    theirs = cv2.cvtColor(placed.image.numpy(), cv2.COLOR_RGB2GRAY)
    np.testing.assert_allclose(ours, np.repeat(theirs[..., None], 3, -1), atol=2e-3)


def person(shape, **missing):
    """Return `[1, K, 3]`: a figure with the head above and the feet below."""
    x, y, height = shape
    level = {"hip": 0.5, "pelvis": 0.5, "knee": 0.75, "ankle": 1.0, "shoulder": 0.2, "thorax": 0.2}
    rows = []
    for name in missing.pop("skeleton", COCO).keypoints:
        down = next((v for word, v in level.items() if word in name), 0.1)
        side = 0.1 if "left" in name else -0.1
        gone = any(word in name for word in missing.get("without", ()))
        rows.append([x + side * height, y + down * height, 0 if gone else 2])
    return np.array([rows], np.float32)


def place(people, skeleton=COCO, size=(200.0, 100.0)):
    return Placement(
        tf.eye(3),
        tf.constant(size),
        tf.constant(size),
        tf.constant(people),
        tf.zeros([len(people), 4]),
        skeleton,
    )


def moved(matrix, people):
    matrix = np.asarray(matrix)
    return people[..., :2] @ matrix[:2, :2].T + matrix[:2, 2]


@pytest.mark.parametrize("skeleton", [COCO, MPII])
@pytest.mark.parametrize("upper", [0.0, 1.0])
def test_the_half_is_in_the_middle_and_enlarged(skeleton, upper):
    people = person((40, 20, 60), skeleton=skeleton)
    placement = place(people, skeleton)
    matrix = half_body(placement, seed(0), probability=1.0, zoom=20.0, upper=upper)
    words = ("hip", "pelvis", "knee", "ankle")
    below = np.array([any(word in name for word in words) for name in skeleton.keypoints])
    half = moved(matrix, people)[0][~below if upper else below]
    np.testing.assert_allclose((half.min(0) + half.max(0)) / 2, [99.5, 49.5], atol=1e-3)
    extent = (half.max(0) - half.min(0)) / [200, 100]
    np.testing.assert_allclose(extent.max(), 1 / 1.5, atol=1e-3)
    linear = np.asarray(matrix)[:2, :2]
    np.testing.assert_allclose(linear, linear[0, 0] * np.eye(2), atol=1e-6)


def test_nothing_is_made_smaller():
    matrix = half_body(place(person((40, 20, 600))), seed(0), probability=1.0)
    np.testing.assert_allclose(np.asarray(matrix)[:2, :2], np.eye(2))


def test_it_keeps_what_was_turned_and_mirrored():
    people = person((40, 20, 60))
    turned = tf.constant([[0.0, 1.0, 3.0], [1.0, 0.0, -2.0], [0.0, 0.0, 1.0]])
    placement = replace(place(people), matrix=turned)
    matrix = np.asarray(half_body(placement, seed(0), probability=1.0))
    factor = matrix[0, 1]
    assert 1 <= factor <= 3
    np.testing.assert_allclose(matrix[:2, :2], factor * turned[:2, :2], atol=1e-6)


def test_only_who_is_annotated_well_enough_is_enlarged():
    above = ("nose", "eye", "ear", "shoulder", "elbow", "wrist")
    lower_only = person((120, 20, 60), without=above)
    plain = person((40, 20, 60))
    for people in (lower_only, plain[:0], plain * [1, 1, 0]):
        placement = place(people.astype(np.float32))
        matrix = half_body(placement, seed(0), probability=1.0)
        np.testing.assert_array_equal(matrix, np.eye(3))
    both = np.concatenate([lower_only, plain])
    for number in range(20):
        matrix = half_body(place(both), seed(number), probability=1.0, zoom=9.0)
        ours = moved(matrix, both)[1]
        assert abs(ours[:, 0].mean() - 99.5) < 10, "the whole one is chosen"
    # six keypoints are enough where they are said to be: of the lower half alone
    matrix = half_body(place(lower_only), seed(0), probability=1.0, minimum=6, upper=1.0)
    assert np.asarray(matrix)[0, 0] > 1


def test_everybody_is_chosen_sometimes_and_both_halves():
    both = np.concatenate([person((40, 20, 60)), person((140, 20, 60))])
    matrices = [half_body(place(both), seed(n), probability=1.0) for n in range(40)]
    middles = {tuple(np.round(np.linalg.inv(m) @ [99.5, 49.5, 1])) for m in matrices}
    assert len(middles) == 4


@pytest.mark.parametrize(
    ("augment", "arguments", "says"),
    [
        (cutout, {"n": 0}, "n is 1 or more; got 0"),
        (cutout, {"size": 2.0}, "size is above 0"),
        (blur, {"sigma": 0.0}, "sigma is above 0"),
        (noise, {"sigma": -1.0}, "sigma is above 0"),
        (jpeg, {"lowest": 50, "highest": 40}, "qualities are 1 to 100; got 50, 40"),
        (grey, {"probability": 1.5}, "probability is from 0 to 1; got 1.5"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(placed, augment, arguments, says):
    with pytest.raises(ConfigError, match=says):
        augment(placed, seed(0), **arguments)


def test_half_body_says_what_it_cannot_halve():
    dots = Skeleton("dots", tuple("abcdefghij"))
    placement = place(np.zeros((1, 10, 3), np.float32), dots)
    with pytest.raises(ConfigError, match=r"dots has no two halves .* lower="):
        half_body(placement, seed(0))
    half_body(placement, seed(0), lower=["a", "b", "c"])
    with pytest.raises(ConfigError, match="dots has no keypoints x"):
        half_body(placement, seed(0), lower=["x"])
    with pytest.raises(ConfigError, match="minimum is from 3 to 10"):
        half_body(placement, seed(0), lower=["a", "b", "c"], minimum=11)
