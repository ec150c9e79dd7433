"""From an image file to the network's input: the same pixels whatever the file and its size."""

from functools import partial

import cv2
import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core.data.masks import encode
from hyperpose_core.errors import DataError
from hyperpose_core.inference.views import View
from hyperpose_core.pipeline.decoding import decode_image
from hyperpose_training import affine
from hyperpose_training.feeding import pixels

SIZE = (160, 128)
STORED = (643, 517)
"""Multiples of no block: the last pixels of a row are a part of one."""


def smooth(width, height):
    small = np.random.default_rng(0).integers(0, 255, (12, 16, 3), np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def write(path, image, *flags):
    assert cv2.imwrite(str(path), image, list(flags))
    return tf.constant(str(path))


def fitting(width, height, zoom=1.0):
    matrix = affine.fit(tf.constant([width, height], tf.float32), tf.constant(SIZE, tf.float32))
    middle = (tf.constant(SIZE, tf.float32) - 1) / 2
    return affine.about(middle, affine.stretch(zoom, zoom)) @ matrix


def place(path, matrix, mask=None):
    @tf.function(autograph=False)
    def run():
        file = pixels.read(path)
        return *pixels.placed(file, matrix, SIZE, lambda _: mask, tf.constant(0)), file.size

    image, mask, size = run()
    return 255 * image.numpy(), mask.numpy()[..., 0], tuple(size.numpy())


@pytest.mark.parametrize("factor", [1, 2, 5, 9])
def test_a_jpeg_that_is_decoded_smaller_is_where_inference_sees_it(tmp_path, factor):
    """Inference decodes all of it and averages blocks of pixels."""
    width, height = SIZE[0] * factor + 3, SIZE[1] * factor + 1
    grey = smooth(width, height)[..., 0]  # the fewer pixels of the colours are made more otherwise
    path = write(tmp_path / "a.jpg", grey, cv2.IMWRITE_JPEG_QUALITY, 95)
    shown, _, size = place(path, fitting(width, height))
    whole = decode_image(tf.io.read_file(path)).numpy()
    seen = 255 * View.within((width, height), SIZE, 8, "box", False).apply(whole)
    assert size == (width, height)
    difference = np.abs(shown - seen[: SIZE[1], : SIZE[0]])
    assert difference.mean() < 1
    assert (difference > 6).mean() < 0.03  # the rim


@pytest.mark.parametrize("zoom", [1.0, 0.2])
def test_what_no_jpeg_is_becomes_the_same_pixels(tmp_path, zoom):
    image, matrix = smooth(*STORED), fitting(*STORED, zoom)
    jpeg = write(tmp_path / "a.jpg", image, cv2.IMWRITE_JPEG_QUALITY, 100)
    shown, _, size = place(jpeg, matrix)
    assert size == STORED
    for name in ("a.png", "a.bmp", "a.tif"):
        other, _, its_size = place(write(tmp_path / name, image), matrix)
        assert its_size == STORED
        assert np.abs(shown - other).mean() < 1


def test_a_jpeg_is_decoded_as_everywhere_else(tmp_path):
    """Grey, progressive, and without fewer pixels for the colours: bit for bit."""
    matrix, image = fitting(*SIZE), smooth(*SIZE)
    flags = [cv2.IMWRITE_JPEG_PROGRESSIVE, 1], [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111]
    paths = [write(tmp_path / f"{len(kind)}{kind[:1]}.jpg", image, *kind) for kind in ([], *flags)]
    paths.append(write(tmp_path / "grey.jpg", image[..., 0]))
    for path in paths:
        np.testing.assert_allclose(
            place(path, matrix)[0], decode_image(tf.io.read_file(path)), atol=1e-4
        )


@pytest.mark.parametrize("zoom", [1.0, 0.1])
@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_what_is_cut_off_is_an_error_at_every_scale(tmp_path, suffix, zoom):
    path = tmp_path / f"a{suffix}"
    write(path, smooth(*STORED))
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(tf.errors.OpError):
        place(tf.constant(str(path)), fitting(*STORED, zoom))


@pytest.mark.parametrize("zoom", [1.0, 0.4, 0.1])
def test_a_mask_lies_on_what_it_hides(tmp_path, zoom):
    """Black where nothing counts: the picture is dark there and nowhere else."""
    counts = np.ones(STORED[::-1], bool)
    counts[100:400, 300:500] = False
    image = np.where(counts[..., np.newaxis], np.uint8(255), np.uint8(0)).repeat(3, -1)
    path = write(tmp_path / "a.jpg", image, cv2.IMWRITE_JPEG_QUALITY, 100)
    matrix = fitting(*STORED, zoom)
    shown, mask, _ = place(path, matrix, encode(counts))
    white, *_ = place(write(tmp_path / "white.png", np.full_like(image, 255)), matrix)
    inside, outside = white[..., 0] > 254, white[..., 0] < pixels.FILL + 1
    assert (np.abs(shown[..., 0] / 255 - mask)[inside] > 0.5).mean() < 0.01
    assert (mask[outside] == 1).all()
    assert mask.min() == 0


def test_where_nothing_counts_nothing_outside_does(tmp_path):
    path = write(tmp_path / "a.jpg", smooth(*STORED))
    nothing = encode(np.zeros(STORED[::-1], bool))
    assert place(path, fitting(*STORED, 0.5), nothing)[1].max() == 0
    assert place(path, fitting(*STORED, 0.5))[1].min() == 1


NOTHING = [np.nan, np.inf, -np.inf, 0.0]


@pytest.mark.parametrize("value", NOTHING)
@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_matrix_that_leaves_nothing_of_an_image_is_an_error(tmp_path, suffix, value):
    """In a graph, and outside of one, where it is asked for the reason."""
    path = write(tmp_path / f"a{suffix}", smooth(*STORED))
    matrix = fitting(*STORED) @ affine.stretch(value, 1.0)
    with pytest.raises(tf.errors.OpError, match="nothing is left of it"):
        place(path, matrix)
    with pytest.raises(tf.errors.OpError, match="nothing is left of it"):
        pixels.placed(pixels.read(path), matrix, SIZE, lambda _: None, tf.constant(0))


@pytest.mark.parametrize("much", [1e-30, 1e-9, 1e9, 1e30])
def test_however_much_an_image_shrinks_or_grows_it_is_placed(tmp_path, much):
    path = write(tmp_path / "a.jpg", smooth(*STORED))
    image, mask, _ = place(path, fitting(*STORED) @ affine.stretch(much, much))
    assert ((image >= 0) & (image <= 255)).all()
    assert mask.min() == 1


def raising(kind):
    def mask_of(_):
        raise kind("of a dataset")

    return mask_of


WHOLE = encode(np.ones(STORED[::-1], bool))
MASKS = {
    "517x643 pixels": lambda _: encode(np.ones(STORED, bool)),
    "321x258 pixels": lambda _: encode(np.ones((258, 321), bool)),
    "no image": lambda _: WHOLE[: len(WHOLE) // 2],
    "made: ValueError: of a dataset": raising(ValueError),
    "made: DataError: of a dataset": raising(DataError),
    "made: StopIteration: of a dataset": raising(StopIteration),
}


@pytest.mark.parametrize("words", MASKS)
def test_a_mask_that_does_not_fit_or_fails_costs_its_image(tmp_path, words):
    """The images after it come: StopIteration would end the dataset."""
    path, matrix = write(tmp_path / "a.jpg", smooth(*STORED)), fitting(*STORED)

    def example(number):
        of = partial(pixels.placed, pixels.read(path), matrix, SIZE)
        return tf.cond(number == 1, lambda: of(MASKS[words], number), lambda: of(whole, number))

    def whole(_):
        return WHOLE

    made = tf.data.Dataset.range(3).map(lambda number: (*example(number), number))
    assert [int(number) for *_, number in made.ignore_errors()] == [0, 2]
    with pytest.raises(tf.errors.OpError, match=words):
        example(tf.constant(1, tf.int64))


def test_a_mask_may_be_as_much_larger_as_the_annotated_size_may(tmp_path):
    path, matrix = write(tmp_path / "a.jpg", smooth(*STORED)), fitting(*STORED)
    larger = encode(np.ones((STORED[1] + 1, STORED[0] - 1), bool))
    assert place(path, matrix, larger)[1].min() == 1


def test_photos_that_are_decoded_smaller_look_as_those_that_are_averaged(shared_data):
    """docs/design.md has the figures."""
    differences = []
    for path in sorted((shared_data / "coco" / "val2017").glob("*.jpg")):
        file = pixels.read(tf.constant(str(path)))
        whole = file._replace(later=tf.constant(False), decoded=decode_image(file.content))
        width, height = file.size.numpy().tolist()
        matrix = affine.fit(tf.constant([width, height], tf.float32), tf.constant([288.0, 288.0]))
        two = [
            pixels.placed(f, matrix, (288, 288), lambda _: None, tf.constant(0))[0].numpy()
            for f in (file, whole)
        ]
        differences.append(255 * np.abs(two[0] - two[1]))
    means = [difference.mean() for difference in differences]
    far = np.mean([(difference > 8).mean() for difference in differences])
    print(f"{len(means)} photos: {np.mean(means):.2f} of a grey level, {far:.4f} by more than 8")
    assert np.mean(means) < 0.4
    assert far < 0.004
