"""`hyperpose launch` through a real sshd, and what has to be the same on this machine."""

from __future__ import annotations

import json
import os
import re
import select
import shlex
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

HOSTS = ("--hosts", "127.0.0.2,127.0.0.3", "--grace", "1")
READY = """
import json, os, sys, time
rank = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
alive = open("alive", "w")
print(rank, os.getpid(), file=alive, flush=True)
"""


@pytest.fixture(params=["here", "ssh"])
def two(request) -> list[str]:
    """Words that start two workers."""
    if request.param == "here":
        return ["-np", "2", "--grace", "1"]
    return [*HOSTS, "--ssh", request.getfixturevalue("ssh")]


def command(folder: Path, code: str, *words: str) -> list[str]:
    """Write a worker's script, and return the words that start it."""
    (folder / "worker.py").write_text(textwrap.dedent(code))
    return [sys.executable, "-m", "hyperpose_core", "launch", *words]


def launch(words: list[str], folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **more}
    return subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )


class Waiting:
    """Two workers that wait, and hold the end of a pipe that closes when both have ended."""

    def __init__(self, folder: Path, before: str, wait: str, *words: str) -> None:
        os.mkfifo(folder / "alive")
        self.pipe = os.open(folder / "alive", os.O_RDONLY | os.O_NONBLOCK)
        # without it the pipe would seem closed until the first worker opens it
        own = os.open(folder / "alive", os.O_WRONLY)
        code = "".join(map(textwrap.dedent, (before, READY, wait)))
        self.launcher = subprocess.Popen(
            [*command(folder, code, *words), "worker.py"],
            cwd=folder,
            stderr=subprocess.PIPE,
            text=True,
        )
        said = b""
        while said.count(b"\n") < 2:
            said += self.read()
        os.close(own)
        self.pids = dict(tuple(map(int, line.split())) for line in said.splitlines())

    def read(self) -> bytes:
        """Return what workers have written; nothing when both have ended."""
        assert select.select([self.pipe], [], [], 60)[0], "the workers do not start, or not end"
        return os.read(self.pipe, 1000)

    def end(self) -> tuple[int, str]:
        """Wait until both workers have ended; return the launcher's exit code and messages."""
        assert self.read() == b""
        os.close(self.pipe)
        messages = self.launcher.communicate(timeout=60)[1]
        return self.launcher.returncode, messages


def test_words_folder_and_variables_arrive_whole(tmp_path, ssh):
    folder = tmp_path / "it's a 'folder'"
    folder.mkdir()
    code = """
    import json, os, sys
    names = ("HYPERPOSE_X", "PYTHONPATH", "TF_CONFIG")
    print(json.dumps([os.getcwd(), sys.argv[1:], *map(os.environ.get, names)]))
    """
    words = ["--name", "two words", 'q"uo$te', "it's", "", "*", "new\nline"]
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    own = {"HYPERPOSE_X": "a 'b' \"c\" $d", "PYTHONPATH": path}
    start = [*command(folder, code, *HOSTS, "--ssh", ssh), "worker.py", *words]
    result = launch(start, folder, **own)
    assert result.returncode == 0, result.stderr
    *found, settings = json.loads(result.stdout)
    assert found == [os.path.realpath(folder), words, *own.values()]
    peers = ["127.0.0.2:29500", "127.0.0.3:29501"]
    assert json.loads(settings) == {
        "cluster": {"worker": peers},
        "task": {"type": "worker", "index": 0},
    }
    assert json.loads(result.stderr.removeprefix("[1] "))[:-1] == found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_and_a_closed_terminal_go_to_every_worker_once(tmp_path, two, number):
    before = f"""
    import signal
    got = []
    signal.signal({number:d}, lambda *_: got.append(1))
    """
    wait = """
    while not got:
        time.sleep(0.01)
    time.sleep(0.2)
    print("got", len(got), file=sys.stderr, flush=True)
    """
    workers = Waiting(tmp_path, before, wait, *two)
    workers.launcher.send_signal(number)
    code, messages = workers.end()
    assert code == 0, messages
    assert sorted(messages.splitlines()) == ["[1] got 1", "got 1"]


def test_a_worker_that_is_killed_is_named_and_the_others_end(tmp_path, two):
    before = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    workers = Waiting(tmp_path, before, "time.sleep(3600)", *two)
    os.kill(workers.pids[1], signal.SIGKILL)
    code, messages = workers.end()
    assert code == 1
    last = messages.splitlines()[-1]
    assert re.match(r"Error: worker 1( on 127.0.0.3)? was killed by SIGKILL", last)


def test_workers_end_with_their_launcher(tmp_path, two):
    workers = Waiting(tmp_path, "", "time.sleep(3600)", *two)
    workers.launcher.kill()
    assert workers.end()[0] == -signal.SIGKILL


def test_a_key_that_is_not_known_is_refused_without_a_question(tmp_path, ssh):
    settings = Path(shlex.split(ssh)[2]).read_text()
    (tmp_path / "client").write_text(settings.replace("/user\n", "/host\n"))
    start = command(tmp_path, "", *HOSTS, "--ssh", "ssh -F client")
    result = launch([*start, "worker.py"], tmp_path)
    assert result.returncode == 255
    assert "Permission denied (publickey" in result.stderr
    assert re.search(r"worker . on 127.0.0.. .*did not let this user in", result.stderr)


@pytest.mark.parametrize(
    ("ssh", "code", "words"),
    [
        ("sh -c 'exit 127'", 127, "the same Python at the same place"),
        ("sh -c 'exit 255'", 255, "could not be reached"),
        ("no-such-program -l me", 2, "no such program"),
        ("", 2, "no such program"),
        ("'a", 2, "No closing quotation"),
    ],
)
def test_what_starts_workers_elsewhere_can_fail(tmp_path, ssh, code, words):
    result = launch([*command(tmp_path, "", *HOSTS, "--ssh", ssh), "worker.py"], tmp_path)
    assert result.returncode == code
    assert words in result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("hosts", "words"),
    [
        ("127.0.0.2,nobody.invalid", "finds no address of 'nobody.invalid'"),
        ("127.0.0.2:2", "choose other ports with --port"),
    ],
)
def test_workers_that_could_not_meet_do_not_start(tmp_path, hosts, words):
    with socket.create_server(("", 0)) as taken:
        port = taken.getsockname()[1]
        here = ("--hosts", hosts, "--port", str(port), "--ssh", "sh -c 'eval \"$1\"'")
        result = launch([*command(tmp_path, "", *here, "--grace", "0"), "worker.py"], tmp_path)
    assert result.returncode == 2
    assert words in result.stderr
