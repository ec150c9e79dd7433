"""Places where `hyperpose infer` cannot write, and files that it cannot read: a sentence each."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from walkers import desk as desk
from walkers import frame, lines
from walkers import infer as infer

from hyperpose_core.cli import main
from hyperpose_core.errors import DataError
from hyperpose_core.support.messages import Messages
from hyperpose_infer.sources.images import Images


@pytest.mark.parametrize("name", ["frames.jsonl", "humans.json", "results.json", "a.png"])
def test_a_folder_in_the_place_of_a_file_is_named_before_anything_is_done(infer, desk, name):
    cv2.imwrite("a.png", frame(40))
    (desk / "found" / name).mkdir(parents=True)
    code, _, said = infer("a.png", "--quiet")
    assert code == 2
    assert f"cannot write found/{name}: a folder has that name" in said
    assert os.listdir("found") == [name]


def test_links_that_lead_to_themselves_cost_themselves(infer, desk):
    cv2.imwrite("a.png", frame(40))
    (desk / "loop.png").symlink_to("loop.png")
    (desk / "loop.mp4").symlink_to("loop.mp4")
    os.mkfifo("pipe.mp4")
    (desk / "photos").mkdir()
    for name in ("a.png", "loop.png", "loop.mp4", "pipe.mp4"):
        (desk / name).rename(desk / "photos" / name)
    code, _, said = infer("photos")
    assert code == 0, said
    assert "skipped: photos/pipe.mp4 is no file" in said
    assert "3 of 4 images and videos were skipped" in said


def test_the_longest_names(infer, desk):
    for name in ("a" * 251 + ".png", "a" * 250 + "b.png", "\u00e9" * 120 + ".png"):
        cv2.imwrite("a.png", frame(40))
        Path("a.png").rename(name)
    code, _, said = infer(*Path().glob("*.png"), "--show-maps", "--quiet")
    assert code == 0, said
    written = {
        one[key]
        for one in json.loads(Path("found/humans.json").read_text())["images"]
        for key in ("picture", "maps")
    }
    assert len(written) == 6
    assert all(Path(path).is_file() for path in written)


def test_a_file_that_may_not_be_read_costs_itself(tmp_path, capsys):
    """A right is lacking, or a disk fails: `read` raises what the system says."""
    files = [tmp_path / name for name in ("a.png", "b.png")]

    def read(path: Path) -> np.ndarray:
        if path == files[0]:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return frame(40)

    assert [f.number for f in Images(files, read, Messages()).frames()] == [1]
    assert (
        f"skipped: cannot read the image {files[0]}: Permission denied" in capsys.readouterr().err
    )
    with pytest.raises(DataError, match="cannot read the image"):
        list(Images(files, read, Messages(), strict=True).frames())


def test_what_was_done_before_an_error_is_in_the_document(infer, desk):
    cv2.imwrite("a.png", frame(40))
    Path("b.png").write_text("no image")
    code, _, _ = infer("a.png", "b.png", "--strict", "--quiet")
    assert code == 2
    found = json.loads(Path("found/humans.json").read_text())
    assert [one["image"] for one in found["images"]] == ["a.png"]
    assert [line["image"] for line in lines(desk / "found")] == ["a.png"]


def test_where_nothing_can_be_read_an_earlier_command_s_results_stay(infer, desk):
    cv2.imwrite("a.png", frame(40))
    assert infer("a.png")[0] == 0
    before = {path.name: path.read_bytes() for path in Path("found").iterdir()}
    Path("b.png").write_text("no image")
    assert infer("b.png")[0] == 2
    assert {path.name: path.read_bytes() for path in Path("found").iterdir()} == before


def test_pictures_among_what_is_looked_at_are_said(infer, desk):
    (desk / "found").mkdir()
    cv2.imwrite("found/a.png", frame(40))
    code, _, said = infer("found")
    assert code == 0
    assert "pictures are written into found, which is looked at" in said


def test_a_runtime_wants_an_exported_file(desk, capfd):
    for words in (["infer", "a.png"], ["eval"]):
        assert main([*words, "--name", "first", "--runtime", "litert"]) == 2
        assert "--runtime litert runs an exported file" in capfd.readouterr().err


_FILL = """
import resource, sys
from hyperpose_infer.writers.json_lines import JsonLines
from hyperpose_core.errors import DiskFullError
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
lines = JsonLines(__import__("pathlib").Path(sys.argv[1]))
try:
    while True:
        lines.write({"frame": lines.count, "people": "x" * 57})
except DiskFullError as error:
    print(lines.count, error)
"""


def test_lines_are_whole_where_a_part_of_one_has_room(tmp_path):
    """The system writes the part of a line that has room; it is taken away again."""
    path = tmp_path / "lines.jsonl"
    asked = [sys.executable, "-c", _FILL, str(path)]
    said = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    found = [json.loads(line) for line in path.read_text().splitlines()]
    assert int(said.split()[0]) == len(found) > 5
    assert f"cannot write {path}" in said
