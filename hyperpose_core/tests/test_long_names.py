"""Files with the longest names that a file system takes are written as any other."""

from __future__ import annotations

from pathlib import Path

from hyperpose_core.support.files import write_text


def test_the_longest_names_are_written(tmp_path: Path) -> None:
    for name in ("a" * 250 + ".json", "\u4e2d" * 83 + ".json", "\U0001f600" * 62 + ".json"):
        write_text(tmp_path / name, "whole")
        assert (tmp_path / name).read_text() == "whole"
    assert len(list(tmp_path.iterdir())) == 3
