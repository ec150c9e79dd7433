"""Which files of a folder `infer` takes, and what it says of the others."""

from __future__ import annotations

import pytest

from hyperpose_core.data.image_files import ENDINGS
from hyperpose_core.errors import InputError
from hyperpose_core.support.messages import Messages
from hyperpose_infer.image_files import image_files


@pytest.mark.parametrize("ending", [*ENDINGS, ".JPG", ".JFIF"])
def test_images_of_every_usual_ending_are_taken(tmp_path, ending, capsys):
    (tmp_path / f"a{ending}").touch()
    assert image_files([tmp_path], Messages()) == [tmp_path / f"a{ending}"]
    assert capsys.readouterr().err == ""


def test_other_files_are_counted_and_their_endings_said(tmp_path, capsys):
    for name in ("a.jpg", "b.txt", "c.heic", "d.txt", "LICENSE"):
        (tmp_path / name).touch()
    (tmp_path / "folder.jpg").mkdir()
    assert image_files([tmp_path], Messages()) == [tmp_path / "a.jpg"]
    said = capsys.readouterr().err
    assert "4 files are left out" in said
    assert ".heic, .txt, LICENSE" in said
    assert f"skipped, as they are folders: {tmp_path / 'folder.jpg'}" in said


def test_a_folder_without_images_is_an_error(tmp_path):
    (tmp_path / "b.txt").touch()
    with pytest.raises(InputError, match="holds no image"):
        image_files([tmp_path], Messages())
