"""The page on inference: its code runs, and its constants and options are the program's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from walkers import crossing, write_video
from walkers import desk as desk

from hyperpose_infer.options import SETTINGS
from hyperpose_infer.tracking import one_euro, similarity, tracker

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "inference.md").read_text(encoding="utf-8")


def test_a_generator_of_frames_gives_people(desk):
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    write_video(desk / "walk.mp4", crossing(10))
    (desk / "app.py").write_text(code.replace("save_dir/coco", "a.walkers"))
    command = [sys.executable, "app.py"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=desk)
    assert done.returncode == 0, done.stderr
    rows = [line.split()[0] for line in done.stdout.splitlines()]
    assert len(rows) > 15
    assert sorted({int(row) for row in rows}) == list(range(10))


def test_what_the_page_says_of_constants_is_so():
    text = " ".join(PAGE.split())
    assert f"or {similarity.SIGMA} for every keypoint" in text
    assert f"below {tracker.LEAST_SIMILARITY} two poses" in text
    assert tracker.KEEP == 1
    assert "remembered for a second" in text
    assert f"is {one_euro.MIN_CUTOFF:g} Hz at rest, and {one_euro.BETA} Hz more" in text


def test_the_table_has_every_option_that_is_short_for_a_setting():
    rows = dict(re.findall(r"^\| `--([\w-]+)[^|]*` \| `([\w.]+)` \|", PAGE, re.MULTILINE))
    assert rows == {name.replace("_", "-"): setting for name, setting in SETTINGS.items()}
