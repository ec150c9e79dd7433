"""The log, and atomic files."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest

from hyperpose_core.errors import InputError
from hyperpose_core.runs import Run
from hyperpose_core.support.files import atomic_path, make_folder, write_text
from hyperpose_training.watching.log import RunLog


def test_log_drops_what_a_killed_run_wrote_after_its_checkpoint(tmp_path):
    run = Run(tmp_path / "run")
    log = RunLog(run)
    for step in (10, 20, 30):
        log.metrics(step, {"loss": 1.0 / step})
    with run.metrics.open("a") as file:
        file.write('{"step": 40, "lo')
    again = RunLog(run, step=20)
    assert again.dropped == 2
    again.metrics(30, {"loss": 5.0})
    lines = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    assert [line["step"] for line in lines] == [10, 20, 30]
    assert lines[-1]["loss"] == 5.0


def test_an_error_while_writing_leaves_the_old_file(tmp_path):
    path = tmp_path / "file.txt"
    write_text(path, "old")

    def fail():
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_kill_while_writing_leaves_the_old_file(tmp_path):
    path = tmp_path / "file.txt"
    write_text(path, "old")
    code = f"""
        import os, signal
        from hyperpose_core.support.files import atomic_path
        with atomic_path({str(path)!r}) as temporary:
            temporary.write_text("half")
            os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"


def test_folder_that_is_a_file_is_an_error(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="--save-dir"):
        make_folder(tmp_path / "file" / "run")


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_written_files_have_ordinary_permissions(tmp_path):
    (tmp_path / "plain").write_text("x")
    write_text(tmp_path / "atomic", "x")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode
