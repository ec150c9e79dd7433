"""Kill -9 at ten random moments of `hyperpose prepare`; the next run ends with the right files."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from archive_server import Server, annotations, entry, listing, noise, serving, tarred, tree, zipped
from test_datatools_prepare import ARCHIVES, PLUGIN

COUNT, BYTES = 250, 16_000
SPLITS = {
    split: {f"{split}/{i}.jpg": noise((split, i), BYTES) for i in range(COUNT)}
    for split in ("train", "val")
}
NAMED = annotations([*SPLITS["train"], *SPLITS["val"]])
TRUTH = {**SPLITS["train"], **SPLITS["val"], "annotations/all.json": NAMED}
FILES = {
    "train.zip": zipped(SPLITS["train"]),
    "val.tar.gz": tarred(SPLITS["val"]),
    "notes.zip": zipped({"annotations/all.json": NAMED}),
}


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(dict(FILES)) as state:
        yield state


def start(to: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "hyperpose_core", "prepare", "toy", "--to", str(to)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def unpacked(to: Path) -> int:
    """Return the number of pictures that are there, hidden ones too; quicker than a glob."""
    return sum(len(os.listdir(to / s)) for s in SPLITS if (to / s).is_dir())


def progress(to: Path) -> int:
    """Return how far a folder is, in pictures: those that came, and those that are unpacked."""
    return unpacked(to) + sum(_came(to / ".prepared" / name) for name in FILES)


def _came(archive: Path) -> int:
    if archive.with_name(f"{archive.name}.json").exists():
        return COUNT  # even while the archive waits to be deleted
    for path in (archive.with_name(f"{archive.name}.part"), archive):
        with contextlib.suppress(FileNotFoundError):  # not there, or renamed meanwhile
            return path.stat().st_size // BYTES
    return 0


def kill_at(moment: int, to: Path, server: Server) -> bool:
    """Kill a run when it has moved on so far; False: it ended before."""
    goal = progress(to) + moment
    process = start(to)

    def hold(sent: int) -> None:
        """Answer with little more than that, so that a download cannot outrun it."""
        while sent >= (moment + 10) * BYTES and process.poll() is None:
            time.sleep(0.001)

    server.on_chunk = hold
    while process.poll() is None and progress(to) < goal:
        time.sleep(0.001)  # the server needs this process too
    process.kill()
    process.communicate()
    return process.returncode == -signal.SIGKILL


def check_whole(to: Path) -> None:
    """See that every file under its own name is whole; hidden ones are under way."""
    for name, data in tree(to).items():
        assert Path(name).name.startswith(".") or data == TRUTH[name], name


def test_ten_kills(server, install_plugin, tmp_path):
    site = install_plugin("toy", PLUGIN)
    (site / "toy_archives.py").write_text(ARCHIVES)
    entries = [entry(path, data) for path, data in FILES.items()]
    (site / "archives.toml").write_text(listing(server.url, *entries))
    draw, to, kills, unpacking = random.Random(0), tmp_path / "data", 0, 0
    while kills < 10:
        if kill_at(draw.randrange(1, COUNT // 2), to, server):
            kills += 1
            unpacking += unpacked(to) > 0
            check_whole(to)
        else:  # nothing was left to interrupt: begin anew
            assert tree(to) == TRUTH
            shutil.rmtree(to)
    assert any(server.ranges), "no kill came in a download"
    assert unpacking, "no kill came while unpacking"
    server.on_chunk = lambda sent: None
    process = start(to)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert tree(to) == TRUTH
    assert not list(to.rglob("*.part*"))
