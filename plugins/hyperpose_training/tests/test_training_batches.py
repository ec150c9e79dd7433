"""The batches of a training: order, geometry, masks, and images that cannot be read."""

import os

import cv2
import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core.config import Config
from hyperpose_core.data.masks import encode
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError
from hyperpose_core.skeletons import Skeleton
from hyperpose_training.feeding.batches import TrainBatches
from hyperpose_training.feeding.source import Source, shuffled

PAIR = Skeleton("pair", ("left_hand", "right_hand"), ((0, 1),))


class KeepAll:
    """A preprocessor whose targets are what it is given."""

    map_names = ()

    def encode(self, keypoints, boxes, mask):
        return {"keypoints": keypoints[:1], "boxes": boxes[:1], "mask": mask}


def dots(folder, number, hide=False):
    """Write a picture with a red dot on the left hand and a blue one on the right."""
    image = np.zeros((120, 200, 3), np.uint8)
    left, right = (150 + number, 40), (60, 80 - number)
    cv2.circle(image, left, 4, (0, 0, 255), -1)
    cv2.circle(image, right, 4, (255, 0, 0), -1)
    path = folder / f"{number}.png"
    cv2.imwrite(str(path), image)
    keypoints = np.array([[[*left, 2], [*right, 2]]], np.float32)
    mask = None
    if hide:
        counts = np.full((120, 200), 255, np.uint8)
        counts[60:, :100] = 0
        mask = encode(counts)
    boxes = np.array([[60, 40, 90, 40]], np.float32)
    return Sample(number, path, 200, 120, keypoints, boxes, mask)


def configure(**data):
    config = Config()
    config.model.input_size = (160, 160)
    config.train.batch_size = 2
    config.data.color = 0.0
    for key, value in data.items():
        setattr(config.data, key, value)
    return config


def batches(samples, config, **position):
    return TrainBatches(Source(samples), KeepAll(), PAIR, config, **position)


def centre_of(image, channel):
    weights = np.clip(image[..., channel] - image[..., 2 - channel], 0, 1)
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    return np.array([(weights * columns).sum(), (weights * rows).sum()]) / weights.sum()


@pytest.mark.parametrize("flip", [0.0, 1.0])
def test_keypoints_follow_the_picture(tmp_path, flip):
    """After rotation, scale, shift and flip the dots are where the keypoints say: left stays left
    in the body's sense, so that a mirrored picture has the names exchanged.
    """
    config = configure(flip=flip, rotation=40.0, scale=(0.5, 0.9), shift=0.05)
    reader = batches([dots(tmp_path, n) for n in range(4)], config, steps=8)
    for _, batch in zip(range(8), reader, strict=False):
        for image, keypoints in zip(batch.images, batch.targets["keypoints"], strict=True):
            red, blue = (centre_of(image.numpy(), c) for c in (0, 2))
            expected = (blue, red) if flip else (red, blue)
            np.testing.assert_allclose(keypoints[0, :, :2], expected, atol=0.7)


def test_mask_and_box_follow_the_picture(tmp_path):
    config = configure(flip=0.0, rotation=0.0, scale=(1.0, 1.0), shift=0.0)
    batch = next(batches([dots(tmp_path, 0, hide=True)] * 2, config, steps=1))
    mask = batch.targets["mask"][0, ..., 0].numpy()
    hidden = np.argwhere(mask < 0.5)
    # 200x120 fits 160x160 at 0.8, centred: the lower left quarter lies at x < 80, 80 <= y < 128.
    np.testing.assert_allclose(hidden.min(axis=0), [80, 0], atol=1)
    np.testing.assert_allclose(hidden.max(axis=0), [127, 79], atol=1)
    x, y = (60 - 99.5) * 0.8 + 79.5, (40 - 59.5) * 0.8 + 79.5
    np.testing.assert_allclose(batch.targets["boxes"][0, 0], [x, y, 72, 32], atol=1e-3)


def test_outside_keypoints_are_not_annotated(tmp_path):
    config = configure(flip=0.0, rotation=0.0, scale=(3.0, 3.0), shift=0.0)
    batch = next(batches([dots(tmp_path, 0)] * 2, config, steps=1))
    points = batch.targets["keypoints"][0, 0].numpy()
    inside = ((points[:, :2] > -0.5) & (points[:, :2] < 159.5)).all(axis=1)
    assert not inside.all()
    np.testing.assert_array_equal(points[:, 2] > 0, inside)


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_every_epoch_is_another_permutation(size):
    epochs = [
        [
            int(shuffled(tf.constant(c, tf.int64), size, seed=3))
            for c in range(e * size, (e + 1) * size)
        ]
        for e in range(3)
    ]
    assert all(sorted(epoch) == list(range(size)) for epoch in epochs)
    if size == 100:
        assert epochs[0] != epochs[1] != epochs[2]


def test_batches_go_on_from_any_position(tmp_path):
    """The third batch is the same whether one began at the first image or at the fifth."""
    samples, config = [dots(tmp_path, n) for n in range(5)], configure(color=0.3)
    third = [batch for batch, _ in zip(batches(samples, config, steps=3), range(3), strict=False)][
        2
    ]
    again = next(batches(samples, config, position=4, steps=1))
    np.testing.assert_array_equal(third.images, again.images)
    np.testing.assert_array_equal(third.targets["keypoints"], again.targets["keypoints"])
    other = configure(color=0.3)
    other.train.seed = 1
    assert not np.array_equal(third.images, next(batches(samples, other, position=4)).images)


def truncate(sample):
    jpeg = sample.path.with_suffix(".jpg")
    cv2.imwrite(str(jpeg), np.random.default_rng(0).integers(0, 255, (120, 200, 3), np.uint8))
    jpeg.write_bytes(jpeg.read_bytes()[:2000])
    sample.path = jpeg


def test_truncated_image_is_skipped_and_named(tmp_path):
    samples = [dots(tmp_path, n) for n in range(5)]
    truncate(samples[2])
    reader = batches(samples, configure(), steps=10)
    seen = [c for _, batch in zip(range(10), reader, strict=False) for c in batch.counters.numpy()]
    assert len(seen) == 20
    assert list(reader.skipped) == [str(samples[2].path)]
    assert reader.position == max(seen) + 1


def test_strict_names_the_truncated_image(tmp_path):
    samples = [dots(tmp_path, n) for n in range(3)]
    truncate(samples[1])
    reader = batches(samples, configure(strict=True), steps=10)
    with pytest.raises(DataError, match=r"1\.jpg"):
        list(zip(range(10), reader, strict=False))


def test_an_image_of_another_size_is_left_out_and_both_sizes_are_said(tmp_path):
    samples = [dots(tmp_path, n) for n in range(5)]
    samples[2].width, samples[2].height = 120, 200  # as it is shown, were it turned
    samples[3].width = 201  # somebody's rounding
    samples[4].width = samples[4].height = 0  # nobody knows
    said = []
    reader = batches(samples, configure(), steps=10, warn=said.append)

    assert len(list(zip(range(10), reader, strict=False))) == 10
    assert list(reader.skipped) == [str(samples[2].path)]
    [text] = said
    for word in (str(samples[2].path), "200x120", "120x200", "EXIF"):
        assert word in text


def test_only_unreadable_images_end(tmp_path):
    samples = [dots(tmp_path, n) for n in range(2)]
    for sample in samples:
        truncate(sample)
    with pytest.raises(DataError, match=r"too few of the 2 training images can be used"):
        next(batches(samples, configure(), steps=1))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.unlink(), "No such file or directory"),
        (lambda path: path.write_bytes(b""), "the file is empty"),
        (lambda path: os.truncate(path, path.stat().st_size // 2), "the file is cut off"),
        (lambda path: path.write_bytes(b"no image"), "it is no image, or a damaged one"),
    ],
)
def test_what_happened_to_an_image_is_said_without_what_tensorflow_says(tmp_path, spoil, words):
    samples = [dots(tmp_path, n) for n in range(3)]
    spoil(samples[1].path)
    said = []
    list(zip(range(3), batches(samples, configure(), steps=4, warn=said.append), strict=False))
    assert said == [f"{samples[1].path} is left out, as all such images are: {words}"]
    with pytest.raises(DataError) as error:
        list(zip(range(3), batches(samples, configure(strict=True), steps=4), strict=False))
    assert str(error.value).startswith(f"cannot use the image {samples[1].path} ({words}):")


def test_no_sample_is_an_error():
    with pytest.raises(DataError, match="filters"):
        Source([])
