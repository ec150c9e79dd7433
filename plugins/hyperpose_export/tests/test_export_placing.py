"""An export replaces what it may, whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hyperpose_core.errors import InputError
from hyperpose_export.placing import check_place, put, workplace

OURS = {"format": "own", "sha256": "", "maps": {}}


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def export(path: Path, text: str, overwrite: bool = True) -> None:
    """Put a folder with a file in it, and a description."""
    check_place(path, overwrite)
    with workplace(path) as temporary:
        temporary.mkdir()
        (temporary / "graph").write_text(text)
        Path(f"{temporary}.json").write_text(json.dumps(OURS | {"text": text}))
        put(temporary, path)


def test_a_folder_that_no_export_wrote_is_never_deleted(tmp_path):
    path = tmp_path / "a.net"
    path.mkdir()
    (path / "mine").write_text("precious")
    for beside in (None, "{", '{"format": 1}', "[]"):
        if beside is not None:
            Path(f"{path}.json").write_text(beside)
        with pytest.raises(InputError, match="was not written by hyperpose export"):
            export(path, "new")
    assert (path / "mine").read_text() == "precious"


def test_an_earlier_export_is_replaced_whole(tmp_path):
    path = tmp_path / "a.net"
    export(path, "old")
    (path / "more").write_text("of the old one")
    with pytest.raises(InputError, match="give --overwrite"):
        export(path, "new", overwrite=False)
    export(path, "new")
    assert contents(tmp_path).keys() == {"a.net/graph", "a.net.json"}
    assert (path / "graph").read_text() == "new"


@pytest.mark.parametrize("fails", [1, 2, 3, 4])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt, SystemExit])
def test_what_stops_it_between_two_moves_leaves_the_earlier_export(
    tmp_path, monkeypatch, fails, error
):
    path, move, moves = tmp_path / "a.net", os.replace, []
    export(path, "old")
    before = contents(tmp_path)

    def stopped(*paths: Path) -> None:
        moves.append(paths)
        if len(moves) == fails:
            raise error
        move(*paths)

    monkeypatch.setattr(os, "replace", stopped)
    with pytest.raises(error):
        export(path, "new")
    assert contents(tmp_path) == before


def test_a_link_is_replaced_and_not_what_it_leads_to(tmp_path):
    export(tmp_path / "there.net", "old")
    path = tmp_path / "a.net"
    path.symlink_to("there.net")
    Path(f"{path}.json").write_text(json.dumps(OURS))
    export(path, "new")
    assert (tmp_path / "there.net" / "graph").read_text() == "old"
    assert not path.is_symlink()


def test_places_that_cannot_be_are_one_sentence(tmp_path):
    with pytest.raises(InputError, match="too long"):
        export(tmp_path / ("a" * 248 + ".net"), "new")
    (tmp_path / "b.net.json").mkdir()
    with pytest.raises(InputError, match="is a folder: choose another --out"):
        export(tmp_path / "b.net", "new")
    if Path("/proc/self").is_dir():
        with pytest.raises(InputError, match="cannot write into the folder /proc"):
            export(Path("/proc/a.net"), "new")
