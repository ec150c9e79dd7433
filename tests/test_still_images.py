"""Every kind of still image has the right pixels or one sentence, whoever reads it."""

from __future__ import annotations

import os
import re
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps
from still_images import CLAIMS, FILES, WIDTH, write

from hyperpose_core.checking.images import read_image as check
from hyperpose_core.data.image_size import MOST_PIXELS, image_size
from hyperpose_core.errors import DataError
from hyperpose_core.inference.predictor import read_image
from hyperpose_core.pipeline.decoding import decode_image
from hyperpose_export.images import read_image as without_tensorflow

Read = Callable[[Path], np.ndarray]
READERS = pytest.mark.parametrize("read", [read_image, without_tensorflow], ids=["tf", "export"])
LOSSY = (".jpg", "lossy.webp")
"""Of these pixels differ by 1.5 on average at most: each library converts CMYK in its own way."""


def by_pillow(path: Path) -> np.ndarray:
    """Return RGB as Pillow reads it, turned, without transparency, 16 bits shortened to 8."""
    with Image.open(path) as image:
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I"):
            return np.repeat((np.asarray(image) >> 8)[..., None], 3, -1).astype(np.uint8)
        if "transparency" in image.info:
            image = image.convert("RGBA")
        return np.asarray(image.convert("RGB"))


@READERS
@pytest.mark.parametrize("name", FILES)
def test_the_pixels_are_those_that_pillow_reads(tmp_path: Path, name: str, read: Read) -> None:
    path = write(tmp_path / name, name)
    found, wanted = read(path), by_pillow(path)
    assert found.shape == wanted.shape
    assert found.dtype == np.uint8
    away = np.abs(found.astype(float) - wanted)
    assert away.mean() <= (1.5 if name.endswith(LOSSY) else 0)


@READERS
@pytest.mark.parametrize("name", CLAIMS)
def test_a_header_that_claims_too_much_is_refused_at_once(
    tmp_path: Path, name: str, read: Read
) -> None:
    read(write(tmp_path / "first.bmp", "palette.bmp"))  # what is imported and traced once
    path = tmp_path / name
    path.write_bytes(CLAIMS[name])
    assert len(CLAIMS[name]) < 100_000
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    with pytest.raises(DataError, match=f"{re.escape(str(path))}.*{MOST_PIXELS}.*make it smaller"):
        read(path)
    assert time.perf_counter() - start < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


@pytest.mark.parametrize("name", CLAIMS)
def test_training_checking_and_sizes_refuse_it_too(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(CLAIMS[name])
    with pytest.raises(tf.errors.OpError):
        decode_image(tf.constant(CLAIMS[name]))
    assert "too large" in check(path).problem
    with pytest.raises(DataError, match="too large"):
        image_size(path)


@READERS
def test_files_that_are_none_or_not_whole_are_one_sentence(tmp_path: Path, read: Read) -> None:
    (tmp_path / "folder.jpg").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("no image at all")
    for name in ("turned6.jpg", "rgba.png", "animated.webp", "deflated.tif", "palette.bmp"):
        path = write(tmp_path / name, name)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    names = sorted(path.name for path in tmp_path.iterdir())
    for name in [*names, "missing.jpg"]:
        with pytest.raises(DataError, match=re.escape(str(tmp_path / name))) as told:
            read(tmp_path / name)
        assert "\n" not in str(told.value)
    assert len(names) == 9


def test_a_pipe_holds_up_no_check(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert "pipe.jpg" in check(tmp_path / "pipe.jpg").problem
    with pytest.raises(DataError, match=r"pipe\.jpg"):
        image_size(tmp_path / "pipe.jpg")


@READERS
def test_names_that_are_not_utf8(tmp_path: Path, read: Read) -> None:
    path = write(tmp_path / os.fsdecode(b"caf\xe9.png"), "rgba.png")
    assert read(path).shape[1] == WIDTH
