"""Which files of a folder `infer` takes, and what it says of the others."""

from __future__ import annotations

import json

import cv2
import pytest
from walkers import crossing, frame, lines, write_video
from walkers import desk as desk
from walkers import infer as infer

from hyperpose_core.data.image_files import ENDINGS
from hyperpose_core.errors import InputError
from hyperpose_core.support.messages import Messages
from hyperpose_infer.image_files import Given, image_files, picture_paths


@pytest.mark.parametrize("ending", [*ENDINGS, ".JPG", ".JFIF"])
def test_images_of_every_usual_ending_are_taken(tmp_path, ending, capsys):
    (tmp_path / f"a{ending}").touch()
    assert image_files([tmp_path], Messages()) == Given([tmp_path / f"a{ending}"], [])
    assert capsys.readouterr().err == ""


def test_other_files_are_counted_and_their_endings_said(tmp_path, capsys):
    for name in ("a.jpg", "b.txt", "c.heic", "d.txt", "LICENSE"):
        (tmp_path / name).touch()
    (tmp_path / "folder.jpg").mkdir()
    assert image_files([tmp_path], Messages()) == Given([tmp_path / "a.jpg"], [])
    said = capsys.readouterr().err
    assert "4 files are left out" in said
    assert ".heic, .txt, LICENSE" in said
    assert f"skipped, as they are folders: {tmp_path / 'folder.jpg'}" in said


def test_a_folder_without_images_is_an_error(tmp_path):
    (tmp_path / "b.txt").touch()
    with pytest.raises(InputError, match="holds no image"):
        image_files([tmp_path], Messages())


def test_what_is_not_there_is_named_and_the_others_are_done(infer, desk):
    """A file, a video, a pattern and a folder, each in one sentence; `--strict` ends it before."""
    cv2.imwrite(str(desk / "1.png"), frame(60))
    write_video(desk / "walk.mp4", crossing(2))
    (desk / "hollow").mkdir()
    given = ("no.png", "1.png", "no.mp4", "no/*.jpg", "hollow", "walk.mp4")
    code, out, err = infer(*given, "--json")
    assert code == 0, err
    assert [entry["image"] for entry in json.loads(out)["images"]] == ["1.png"]
    assert len(lines(desk / "found")) == 3
    skipped = [line for line in err.splitlines() if line.startswith("Warning: skipped: ")]
    for line, what in zip(
        skipped, ("image file no.png", "video file no.mp4", "no/*", "hollow"), strict=True
    ):
        assert what in line
    assert "Warning: 4 of 6 images and videos were skipped" in err
    (desk / "found" / "frames.jsonl").unlink()
    code, out, err = infer(*given, "--strict")
    assert (code, out, err) == (2, "", "Error: there is no image file no.png\n")
    assert not (desk / "found" / "frames.jsonl").exists()


def test_where_nothing_is_there_that_is_all(infer):
    code, out, err = infer("no.png", "no.mp4")
    assert (code, out) == (2, "")
    assert err == "Error: there is no image file no.png; there is no video file no.mp4\n"


def test_folders_in_a_folder_are_named_with_what_looks_into_them(tmp_path, capsys):
    for name in ("a.jpg", "deep/b.jpg", "deep/deeper/c.jpg", "other/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert image_files([tmp_path], Messages()).files == [tmp_path / "a.jpg"]
    pattern = tmp_path / "**/*.jpg"
    assert f'2 folders in it not looked into; "{tmp_path}/**/*" is all' in capsys.readouterr().err
    everything = image_files([tmp_path / "**" / "*"], Messages()).files
    assert image_files([pattern], Messages()).files == [f for f in everything if f.suffix == ".jpg"]
    assert [f.name for f in everything] == ["a.jpg", "b.jpg", "c.jpg", "notes.txt"]
    (tmp_path / "deep" / "b.jpg").unlink()
    with pytest.raises(InputError, match="1 folder in it not looked into"):
        image_files([tmp_path / "deep"], Messages())


def test_pictures_go_over_nothing_where_the_images_lie(tmp_path):
    own, out = tmp_path / "own", tmp_path / "out"
    for folder in (own, out):
        folder.mkdir()
        for name in ("a.jpg", "a.png", "a_0.png"):
            (folder / name).touch()
    assert picture_paths([own / "a.jpg"], out) == [out / "a.png"]
    [picture] = picture_paths([own / "a.jpg"], own)
    assert picture.parent == own
    assert not picture.exists()
