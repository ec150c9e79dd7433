"""Files and folders where there is no room: a file system that has none, not one that says so."""

import errno
import os
import stat
import subprocess
from pathlib import Path

import pytest

from hyperpose_core.errors import DiskFullError, InputError
from hyperpose_core.support.files import atomic_path, make_folder, write_text


@pytest.fixture
def full(tmp_path):
    """A folder in which not one more file or folder has room."""
    folder = tmp_path / "full"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "nr_inodes=2", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no command mount")
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        (folder / "a").touch()
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_folder_and_a_file_that_find_no_room_are_named(full):
    for make in (lambda: make_folder(full / "b"), lambda: write_text(full / "c.txt", "text")):
        with pytest.raises(DiskFullError, match=r"cannot write .*/full/.*No space left"):
            make()
    with pytest.raises(DiskFullError), atomic_path(full / "new" / "d.txt"):
        pass
    assert make_folder(full) == full
    assert [path.name for path in full.iterdir()] == ["a"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("what", ["chmod", "replace"])
def test_no_room_for_the_name_is_named_too(tmp_path, monkeypatch, what, code):
    """Where files are copied when they change, as on btrfs, a new name takes room."""

    def full(*_):
        raise OSError(code, "no room")

    write_text(tmp_path / "a.txt", "old")
    monkeypatch.setattr(Path, what, full)
    with pytest.raises(DiskFullError, match=r"a\.txt: no room"):
        write_text(tmp_path / "a.txt", "new")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_what_is_no_file_is_never_replaced(tmp_path, kind):
    path = tmp_path / "there"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        try:
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))  # as /dev/null
        except PermissionError:
            pytest.skip("only root makes devices")
    before = path.lstat()
    with pytest.raises(InputError, match="there is no file; choose another name"):
        write_text(path, "text")
    assert path.lstat() == before
    assert list(tmp_path.iterdir()) == [path]


def test_links_in_dev_are_not_replaced():
    """Nothing is written here even where it were not refused: the rename comes at the end."""
    if not os.path.exists("/dev/stdout"):
        pytest.skip("there is no /dev/stdout here")
    with pytest.raises(InputError, match="there is no file"), atomic_path("/dev/stdout"):
        raise AssertionError("it is opened")
