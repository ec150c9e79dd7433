"""Caches: whole or not there, of this content and these settings, and never anything that runs."""

import io
import os
import pickle
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hyperpose_datatools.caching import Cache, as_array, as_values, folder

ARRAYS = {"a": np.arange(600.0).reshape(-1, 3), "b": as_array([1, "zwei", None, "\ud800"])}
AT_WORK = """
import os, signal, sys
from pathlib import Path
import numpy as np
from hyperpose_datatools.caching import Cache
source, number, way = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
if way == "killed":
    Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
for _ in range(40):
    cache = Cache(source, source.read_bytes(), {"k": 17})
    cache.store({"a": np.full(200_000, number), "b": np.full(9, number)})
    found = cache.load()
    assert found is not None and (found["a"] == found["b"][0]).all(), found
"""


@pytest.fixture(autouse=True)
def source(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "people.json"
    path.write_text("{}")
    return path


def cache(source, **changes):
    return Cache(source, source.read_bytes(), {"k": 17, **changes})


def equal(found):
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_what_is_stored_is_loaded(source):
    assert cache(source).load() is None
    assert cache(source).store(ARRAYS)
    equal(cache(source).load())
    assert as_values(ARRAYS["b"]) == [1, "zwei", None, "\ud800"]


def test_another_content_or_setting_is_made_anew(source):
    cache(source).store(ARRAYS)
    assert cache(source, k=18).load() is None
    assert cache(source, least_area=4.0).load() is None
    times = source.stat()
    source.write_text("[]")  # of the same size, and changed at the same time
    os.utime(source, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert cache(source).load() is None
    cache(source).store(ARRAYS)
    assert len(list(folder().iterdir())) == 1  # that of the content before is gone
    source.write_text("{}")
    assert cache(source).load() is None


def test_a_deleted_cache_is_no_fault(source):
    cache(source).store(ARRAYS)
    cache(source).path.unlink()
    assert cache(source).load() is None
    assert cache(source).store(ARRAYS)
    equal(cache(source).load())


@settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_damaged_cache_is_none_or_whole(source, data):
    mine = cache(source)
    mine.store(ARRAYS)
    content = bytearray(mine.path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        del content[place:]
    else:
        content[place] ^= data.draw(st.integers(1, 255))
    mine.path.write_bytes(content)
    found = mine.load()
    assert found is None or equal(found) is None


class Runs:
    def __reduce__(self):
        return os.abort, ()


@pytest.mark.parametrize("inside", [False, True])
def test_nothing_in_a_cache_is_run(source, inside):
    mine, content = cache(source), pickle.dumps(Runs())
    mine.store(ARRAYS)
    if inside:
        head = np.lib.format
        out = io.BytesIO()
        header = {"descr": "|O", "fortran_order": False, "shape": (1,)}
        head.write_array_header_1_0(out, header)
        with zipfile.ZipFile(mine.path, "a") as archive:
            archive.writestr("c.npy", out.getvalue() + content)
    else:
        mine.path.write_bytes(content)
    assert mine.load() is None


def test_a_folder_that_cannot_be_written_is_said_once(source, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert [cache(source).store(ARRAYS) for _ in range(3)] == [False] * 3
    said = capsys.readouterr().err
    assert said.count("cannot be kept for the next time") == 1
    assert str(tmp_path / "file") in said


def start(source, number, way):
    return subprocess.Popen([sys.executable, "-c", AT_WORK, str(source), str(number), way])


def test_two_processes_at_once_leave_one_whole_cache(source):
    both = [start(source, number, "all") for number in (1, 2)]
    assert [process.wait(120) for process in both] == [0, 0]
    found = cache(source).load()
    assert (found["a"] == found["b"][0]).all()
    assert [path.name for path in folder().iterdir()] == [cache(source).path.name]


def test_a_killed_process_leaves_what_was_there(source):
    cache(source).store(ARRAYS)
    assert start(source, 1, "killed").wait(60) < 0
    (left,) = [path for path in folder().iterdir() if path.name.startswith(".")]
    equal(cache(source).load())
    cache(source).store(ARRAYS)
    assert left.exists()  # it might be another process's that is at work
    os.utime(left, (time.time() - 7200,) * 2)
    cache(source).store(ARRAYS)
    assert [path.name for path in folder().iterdir()] == [cache(source).path.name]
