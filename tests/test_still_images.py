"""Every kind of still image has the right pixels or one sentence, whoever reads it."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps
from still_images import CLAIMS, FILES, HEIGHT, WIDTH, write
from tiny_runs import sets, settings

from hyperpose_core.checking.images import read_image as check
from hyperpose_core.cli import main
from hyperpose_core.data.image_size import MOST_PIXELS, image_size
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError, PluginError
from hyperpose_core.inference.predictor import read_image
from hyperpose_core.pipeline.decoding import decode_image
from hyperpose_core.skeletons import Skeleton
from hyperpose_datatools.browsing.pictures import draw_sample
from hyperpose_datatools.image_files import missing_files
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
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(DataError, match=f"{re.escape(str(path))}.*{MOST_PIXELS}.*make it smaller"):
        read(path)
    assert time.process_time() - start < 1
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


def test_a_dataset_whose_image_is_a_pipe_lacks_it(tmp_path: Path) -> None:
    """TensorFlow would wait for its end for ever."""
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "there.jpg").touch()
    (tmp_path / "link.jpg").symlink_to("there.jpg")
    names = ("pipe.jpg", "there.jpg", "folder.jpg", "link.jpg")
    missing = missing_files([tmp_path / name for name in names])
    assert [path.name for path in missing] == ["pipe.jpg", "folder.jpg"]


def test_browsing_refuses_what_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "whole.png"
    path.write_bytes(CLAIMS["whole.png"])
    nobody = np.zeros((0, 1, 3), np.float32)
    sample = Sample(1, path, 14_000, 14_000, nobody, np.zeros((0, 4), np.float32))
    with pytest.raises(DataError, match="too large"):
        draw_sample(sample, Skeleton("dot", ("dot",)))


@READERS
def test_names_that_are_not_utf8(tmp_path: Path, read: Read) -> None:
    path = write(tmp_path / os.fsdecode(b"caf\xe9.png"), "rgba.png")
    assert read(path).shape[1] == WIDTH


# The command


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs with one, `tiny`."""
    folder = tmp_path_factory.mktemp("runs")
    words = ["--save-dir", str(folder / "runs"), "--steps", "1", "--quiet"]
    assert main(["train", "--name", "tiny", *words, *sets(settings(folder / "data"))]) == 0
    return folder / "runs"


Infer = Callable[..., tuple[dict[str, Any], str]]


@pytest.fixture
def infer(runs: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Infer:
    """Run `hyperpose infer` and return its JSON, which anybody's parser reads, and its messages."""

    def run(*words: str | Path) -> tuple[dict[str, Any], str]:
        capfd.readouterr()
        where = ("--name", "tiny", "--save-dir", str(runs), "--out", str(tmp_path / "out"))
        code = main(["infer", *map(str, words), *where, "--json"])
        printed = capfd.readouterr()
        assert code == 0, printed.err
        written = (tmp_path / "out/humans.json").read_text("utf-8")
        lines = (tmp_path / "out/frames.jsonl").read_text("utf-8").splitlines()
        for text in (printed.out, written, *lines):
            json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8")  # no half characters
        assert json.loads(written) == json.loads(printed.out)
        return json.loads(printed.out), printed.err

    return run


def test_a_folder_with_everything_in_it(infer: Infer, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    few = ("one_pixel.png", "wide.jpg", "grey16.png", "cmyk.jpg", "turned6.jpg", "animated.gif")
    good = {write(folder / name, name) for name in few}
    bad = {folder / name for name in CLAIMS}
    for path in bad:
        path.write_bytes(CLAIMS[path.name])
    os.mkfifo(folder / "pipe.jpg")
    (folder / "empty.jpg").touch()
    (folder / "folder.jpg").mkdir()
    (folder / "broken.jpg").symlink_to("nowhere")
    bad |= {folder / name for name in ("pipe.jpg", "empty.jpg", "broken.jpg")}

    found, said = infer(folder)

    assert [entry["image"] for entry in found["images"]] == sorted(map(str, good))
    for entry in found["images"]:
        with Image.open(entry["picture"]) as picture:
            picture.load()
    sentences = [line for line in said.splitlines() if line.startswith("Warning: skipped: ")]
    assert len(sentences) == len(bad)
    for path in bad:
        assert sum(str(path) in line for line in sentences) == 1
    assert "skipped, as they are folders: " in said
    assert f"{len(bad)} of {len(good | bad)} images were skipped" in said


def test_names_that_are_not_utf8_are_in_valid_json(infer: Infer, tmp_path: Path) -> None:
    path = write(tmp_path / os.fsdecode(b"caf\xe9.png"), "rgba.png")
    [entry] = infer(path, "--show-maps")[0]["images"]
    assert Path(entry["image"]).name == r"caf\xe9.png"
    for picture in (entry["picture"], entry["maps"]):
        assert Path(picture).is_file()


def test_a_montage_is_written_beside_each_picture_and_over_none(
    infer: Infer, tmp_path: Path
) -> None:
    names = ("grey.png", "grey_maps.png", "rgba.png")
    given = [write(tmp_path / name, "rgba.png") for name in names]
    plain = [entry["people"] for entry in infer(*given)[0]["images"]]
    assert not list((tmp_path / "out").glob("rgba_maps*"))
    style = ("--show-parts", "--color-by", "person", "--label", "number")
    entries = infer(*given, *style)[0]["images"]
    written = [entry[which] for entry in entries for which in ("picture", "maps")]
    assert len(set(written)) == 6
    assert [entry["people"] for entry in entries] == plain
    for entry in entries:
        with Image.open(entry["picture"]) as picture, Image.open(entry["maps"]) as maps:
            assert picture.size == (WIDTH, HEIGHT)
            assert min(maps.size) > 3 * 320


def test_a_family_whose_maps_cannot_be_drawn_costs_the_montages_only(
    infer: Infer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def panels(*_: object) -> None:
        raise PluginError("no panels today")

    monkeypatch.setattr("hyperpose_infer.montage.panels_of", panels)
    given = [write(tmp_path / name, "rgba.png") for name in ("a.png", "b.png")]
    found, said = infer(*given, "--show-maps")
    assert [sorted(entry) for entry in found["images"]] == [["image", "people", "picture"]] * 2
    assert said.count("no pictures of maps: no panels today") == 1


def test_evaluation_names_what_it_cannot_read(
    runs: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(runs.parent / "data", tmp_path / "data")
    [first, *_] = sorted((tmp_path / "data").rglob("val/*.jpg"))
    first.write_bytes(CLAIMS["claims.png"])
    capfd.readouterr()
    words = ("--name", "tiny", "--save-dir", str(runs), "--set", f"data.path={tmp_path / 'data'}")
    assert main(["eval", *words, "--json"]) == 0
    printed = capfd.readouterr()
    assert json.loads(printed.out)["unreadable"] == [str(first)]
    assert f"{first} is not an image that can be read: it is too large" in printed.err
