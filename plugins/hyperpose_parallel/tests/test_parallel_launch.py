"""`hyperpose launch` without TensorFlow: places, environments, output, ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from hyperpose_core.errors import InputError
from hyperpose_parallel.launching.places import local_places, remote_places


def launch(folder: Path, code: str, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command(folder, code, *words)],
        cwd=folder,
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        timeout=120,
    )


def command(folder: Path, code: str, *words: str) -> list[str]:
    """Write a worker's script, in which `rank` is its rank, and return the words that start it."""
    head = (
        "import json, os, sys, time\nrank = json.loads(os.environ['TF_CONFIG'])['task']['index']\n"
    )
    (folder / "worker.py").write_text(head + textwrap.dedent(code))
    return [sys.executable, "-m", "hyperpose_core", "launch", *words, "worker.py"]


def test_workers_know_each_other_and_worker_0_speaks_as_ever(tmp_path):
    code = """
    print(json.dumps([os.environ[n] for n in ("TF_CONFIG", "CUDA_VISIBLE_DEVICES")]))
    print("worker", rank, file=sys.stderr)
    """
    result = launch(tmp_path, code, "-np", "3", CUDA_VISIBLE_DEVICES="4,7")
    assert result.returncode == 0, result.stderr
    settings, gpu = json.loads(result.stdout)
    peers = json.loads(settings)["cluster"]["worker"]
    assert len(set(peers)) == 3
    assert gpu == "4"
    lines = result.stderr.splitlines()
    assert "worker 0" in lines
    assert {"[1] worker 1", "[2] worker 2"} <= set(lines)
    gpus = {line[:3]: json.loads(line[4:])[1] for line in lines if "{" in line}
    assert gpus == {"[1]": "7", "[2]": "-1"}, "there are two GPUs for three workers"


def test_the_first_worker_that_fails_is_named_and_the_others_end(tmp_path):
    code = """
    import signal
    if rank == 1:
        sys.exit(3)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("waiting", flush=True)
    time.sleep(3600)
    """
    result = launch(tmp_path, code, "-np", "3", "--grace", "1")
    assert result.returncode == 3
    assert "worker 1 ended with exit code 3" in result.stderr.splitlines()[-1]


def test_workers_on_other_machines_are_started_through_ssh(tmp_path):
    """With a stand-in for ssh that runs the command here and says for which host."""
    ssh = tmp_path / "ssh here"
    ssh.write_text('#!/bin/sh\necho "on $1" >&2\ncd / && exec sh -c "$2"\n')
    ssh.chmod(0o755)
    words = ("--hosts", "127.0.0.2:2,127.0.0.3", "--port", "4000", "--ssh", f"'{ssh}'")
    code = "print(rank, os.getcwd(), os.environ['TF_CONFIG'], os.environ['HYPERPOSE_X'])"
    result = launch(tmp_path, code, *words, HYPERPOSE_X="a 'b'")
    assert result.returncode == 0, result.stderr
    start = f"0 {os.path.realpath(tmp_path)} " + '{"cluster": {"worker": '
    peers = '["127.0.0.2:4000", "127.0.0.2:4001", "127.0.0.3:4002"]}'
    assert result.stdout.startswith(start + peers)
    assert result.stdout.endswith("a 'b'\n")
    said = {"on 127.0.0.2", "[1] on 127.0.0.2", "[2] on 127.0.0.3"}
    assert said <= set(result.stderr.splitlines())


def test_places():
    assert [p.address for p in local_places(2, 5000)] == ["127.0.0.1:5000", "127.0.0.1:5001"]
    places = remote_places("a:2,b", 3, 7000)
    assert [(p.host, p.local_rank, p.local_size) for p in places] == [
        *(("a", 0, 2), ("a", 1, 2), ("b", 0, 1))
    ]


@pytest.mark.parametrize(
    ("hosts", "count", "words"),
    [
        ("a:0", None, "a:0"),
        ("a;rm -rf", None, "like alpha:4"),
        ("me@alpha", None, "ssh -l USER"),
        ("alpha:2222", None, "2222 workers.*-p PORT"),
        ("a:1000,b:1000,c:1000", None, "ports up to 67999"),
        ("-oProxyCommand=x", None, "like alpha:4"),
        ("a:2", 3, "places for 2"),
        ("localhost,b", None, "cannot reach localhost"),
    ],
)
def test_bad_hosts(hosts, count, words):
    with pytest.raises(InputError, match=words):
        remote_places(hosts, count, 65000)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-np", "2", "demo"), "starts train and eval"),
        (("train",), "-np N"),
        (("-np", "0", "train"), "-np"),
        (("-np", "2", "nothing.py"), "no script"),
        (("-np", "2"), "WORDS"),
    ],
)
def test_bad_words_exit_with_2(tmp_path, words, message):
    process = subprocess.run(
        [sys.executable, "-m", "hyperpose_core", "launch", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert process.returncode == 2
    assert message in process.stderr
    assert "Traceback" not in process.stderr
