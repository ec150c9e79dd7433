"""Training, evaluation, inference and checking see the same pixels of every kind of file."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf

from hyperpose_core.checking.images import read_image as check
from hyperpose_core.data.image_size import image_size, size_problem
from hyperpose_core.errors import DataError
from hyperpose_core.inference.predictor import read_image
from hyperpose_core.pipeline.batches import _decode

PIL = pytest.importorskip("PIL.Image")  # matplotlib brings it
WIDTH, HEIGHT = 97, 65


def picture():
    """Return blocks of colours: smooth enough for JPEG, and every one of many colours."""
    blocks = np.random.default_rng(0).integers(0, 256, (9, 13, 3), np.uint8)
    return PIL.fromarray(np.kron(blocks, np.ones((8, 8, 1), np.uint8))[:HEIGHT, :WIDTH])


def grey16():
    return PIL.fromarray(np.asarray(picture().convert("L")).astype(np.uint16) * 251)


def exif(turned: int):
    found = PIL.Exif()
    found[0x0112] = turned
    return found.tobytes()


KINDS = {
    "rgb.jpg": lambda: (picture(), {"quality": 95}),
    "grey.jpg": lambda: (picture().convert("L"), {}),
    "cmyk.jpg": lambda: (picture().convert("CMYK"), {}),
    "progressive.jpg": lambda: (picture(), {"progressive": True}),
    "420.jpg": lambda: (picture(), {"subsampling": 2}),
    "lying.jpg": lambda: (picture(), {"exif": exif(6)}),
    "rgb.png": lambda: (picture(), {}),
    "lying.png": lambda: (picture(), {"exif": exif(6)}),
    "alpha.png": lambda: (picture().convert("RGBA"), {}),
    "palette.png": lambda: (picture().convert("P"), {"transparency": 0}),
    "grey_alpha.png": lambda: (picture().convert("LA"), {}),
    "one_bit.png": lambda: (picture().convert("1"), {}),
    "grey16.png": lambda: (grey16(), {}),
    "rgb.bmp": lambda: (picture(), {}),
    "grey.bmp": lambda: (picture().convert("L"), {}),
    "palette.bmp": lambda: (picture().convert("P"), {}),
    "one_bit.bmp": lambda: (picture().convert("1"), {}),
    "a.gif": lambda: (picture(), {}),
    "lossy.webp": lambda: (picture(), {}),
    "lossless.webp": lambda: (picture(), {"lossless": True}),
    "rgb.tif": lambda: (picture(), {}),
    "lzw.tif": lambda: (picture(), {"compression": "tiff_lzw"}),
}
LOSSLESS = [n for n in KINDS if Path(n).suffix in (".png", ".bmp", ".tif") and "16" not in n]


@pytest.fixture
def file(tmp_path):
    def write(name: str) -> Path:
        image, options = KINDS[name]()
        image.save(tmp_path / name, **options)
        return tmp_path / name

    return write


@pytest.mark.parametrize("name", KINDS)
def test_all_see_the_same_pixels(file, name):
    path = file(name)
    trained = _decode(tf.io.read_file(str(path))).numpy()

    np.testing.assert_array_equal(read_image(path, turn=False), trained)
    assert trained.shape == (HEIGHT, WIDTH, 3)
    assert check(path).problem is None
    assert check(path).size == image_size(path) == (WIDTH, HEIGHT)
    # OpenCV reads for inference, which turns.
    stored = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)[..., ::-1]
    np.testing.assert_array_equal(trained, stored)


@pytest.mark.parametrize("name", LOSSLESS)
def test_the_pixels_are_those_that_pillow_reads(file, name):
    path = file(name)
    wanted = PIL.open(path)
    wanted = wanted.convert("RGBA").convert("RGB") if "palette.png" in name else wanted
    np.testing.assert_array_equal(read_image(path, turn=False), np.asarray(wanted.convert("RGB")))


@pytest.mark.parametrize("name", ["lying.jpg", "lying.png"])
def test_inference_turns_what_is_stored_lying(file, name):
    path = file(name)
    shown = np.rot90(read_image(path, turn=False), k=-1)
    np.testing.assert_array_equal(read_image(path), shown)


@pytest.mark.parametrize("name", KINDS)
def test_half_a_file_is_an_image_for_nobody(file, name):
    path = file(name)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])

    with pytest.raises(tf.errors.OpError):
        _decode(tf.io.read_file(str(path)))
    for turn in (False, True):
        with pytest.raises(DataError, match=name.replace(".", r"\.")):
            read_image(path, turn=turn)
    assert str(path) in check(path).problem


def test_a_side_that_opencv_does_not_take_is_said(tmp_path):
    path = tmp_path / "a.png"
    PIL.new("L", (2**20 + 1, 1)).save(path)
    with pytest.raises(DataError, match=r"a\.png is not an image that can be read"):
        read_image(path)


def test_what_tensorflow_alone_can_decode_is_said(file):
    path = file("a.gif")
    content = bytearray(path.read_bytes())
    content[5] = 0x97  # of its version: TensorFlow does not look
    path.write_bytes(content)
    assert read_image(path, turn=False).ndim == 3
    with pytest.raises(DataError, match=r"a\.gif is not an image that can be read"):
        read_image(path)


@pytest.mark.parametrize("content", [b"", b"text", b"BM", b"\x89PNG", b"\xff\xd8\xff"])
def test_what_is_no_image_is_said(tmp_path, content):
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(DataError, match="not an image"):
        read_image(path)
    assert check(path).problem


def test_a_name_that_is_not_utf8(file):
    path = file("palette.bmp")
    other = path.with_name(os.fsdecode(b"caf\xe9.bmp"))
    path.rename(other)

    np.testing.assert_array_equal(read_image(other), _decode(tf.io.read_file(os.fsencode(other))))
    assert check(other).problem is None
    assert image_size(other) == (WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("annotated", "words"),
    [((64, 128), "EXIF"), ((100, 128), "annotate the file"), ((128, 64), ""), ((0, 0), "")],
)
def test_a_size_that_does_not_fit_is_said_with_both(annotated, words):
    text = size_problem((128, 64), annotated)
    assert bool(text) == bool(words)
    if text:
        assert words in text
        assert "128x64" in text
        assert "{}x{}".format(*annotated) in text


def claiming(kind: str, side: int) -> bytes:
    """Return a small file whose header says that it is a square of `side` pixels."""
    coded = bytearray(cv2.imencode(f".{kind}", np.zeros((16, 16, 3), np.uint8))[1].tobytes())
    if kind == "png":
        coded[16:24] = side.to_bytes(4, "big") * 2
        coded[29:33] = zlib.crc32(coded[12:29]).to_bytes(4, "big")
    else:
        frame = coded.index(b"\xff\xc0")
        coded[frame + 5 : frame + 9] = side.to_bytes(2, "big") * 2
    return bytes(coded)


@pytest.mark.parametrize("kind", ["png", "jpg"])
def test_a_header_that_claims_gigabytes_is_refused_by_all(tmp_path, kind):
    path = tmp_path / f"huge.{kind}"
    path.write_bytes(claiming(kind, 60_000))
    assert check(path).problem is not None
    with pytest.raises(DataError):
        read_image(path)
