"""Completion, asked as a shell asks: in a process of its own, through the environment."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny_runs import environment

from hyperpose_core.registry import get_registry
from hyperpose_core.specs import CommandSpec

HEAVY = ("tensorflow", "tensorlayer", "cv2", "pycocotools", "matplotlib", "scipy", "h5py", "numpy")
ASK = """
import atexit, sys
def told():
    with open("imported.txt", "w") as file:
        file.write("\\n".join(sys.modules))
atexit.register(told)
from hyperpose_core.cli import main
sys.exit(main())
"""
BROKEN = """
    import sys
    from hyperpose_core import CommandSpec, hookimpl

    print("hello from a plugin")
    print("and from its other mouth", file=sys.stderr)

    @hookimpl
    def hyperpose_register_commands():
        yield CommandSpec(name="profuse", target="PLUGIN_parts:command", summary="Speaks.")
        yield CommandSpec(name="profane", target="PLUGIN_broken:command", summary="Cannot.")
"""
SPEAKS = """
import os

import click

print("imported")
os.write(2, b"from C")


@click.command("profuse")
@click.option("--words", help="How many.")
def command(words):
    pass
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two runs and a file, in which the shell stands."""
    for name in ("first", "second", "other"):
        run = tmp_path / ("elsewhere" if name == "other" else "save_dir") / name
        run.mkdir(parents=True)
        (run / "config.json").write_text("{}")
    (tmp_path / "photo.jpg").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ask(line: str, shell: str = "bash") -> subprocess.CompletedProcess[str]:
    """Return what is answered to a line whose last word is to be completed."""
    words = {"_HYPERPOSE_COMPLETE": f"{shell}_complete", "COMP_WORDS": line}
    words["COMP_CWORD"] = str(len(line.split(" ")) - 1)
    if shell == "fish":
        words["COMP_CWORD"] = line.rpartition(" ")[2]
    return subprocess.run(
        [sys.executable, "-c", ASK], env=environment(**words), capture_output=True, text=True
    )


def offered(line: str) -> list[str]:
    result = ask(line)
    assert (result.returncode, result.stderr) == (0, "")
    return [row.partition(",")[2] for row in result.stdout.split()]


def test_commands_are_those_that_are_installed(desk):
    assert offered("hyperpose ") == get_registry().names(CommandSpec.kind)
    assert offered("hyperpose list") == ["list-plugins"]
    assert offered("hyperpose --de") == ["--debug"]
    assert offered("hyperpose nosuch") == []


def test_nothing_heavy_is_imported_and_no_command_that_is_not_asked_about(desk):
    offered("hyperpose ")
    imported = set((desk / "imported.txt").read_text().split())
    assert "hyperpose_training.plugin" in imported
    assert not imported & {"hyperpose_training.command", *HEAVY}
    offered("hyperpose train --mod")
    imported = set((desk / "imported.txt").read_text().split())
    assert "hyperpose_training.command" in imported
    assert not imported & set(HEAVY)


def test_options_and_what_may_stand_behind_them(desk):
    assert offered("hyperpose train --from") == ["--from"]
    assert offered("hyperpose list-plugins --kind post") == ["postprocessor"]
    assert offered("hyperpose train --model Mobile") == ["MobilenetThinOpenpose"]
    assert offered("hyperpose train --dataset CO") == ["COCO"]
    assert offered("hyperpose export first --to on") == ["onnx"]
    assert offered("hyperpose infer --format CO") == ["COCO"]
    assert offered("hyperpose import-weights --format tens") == ["tensorlayer"]
    assert offered("hyperpose convert --from yo") == ["yolo"]
    assert offered("hyperpose nosuch --fr") == []
    assert offered("hyperpose train --nosuch --fro") == ["--from"]


def test_runs_are_those_of_the_folder(desk):
    assert offered("hyperpose eval --name ") == ["first", "second"]
    assert offered("hyperpose eval --name s") == ["second"]
    assert offered("hyperpose export f") == ["first"]
    assert offered("hyperpose eval --save-dir elsewhere --name ") == ["other"]


def test_files_and_folders_are_left_to_the_shell(desk):
    for line, kind in (
        ("hyperpose infer pho", "file"),
        ("hyperpose infer --model-file pho", "file"),
        ("hyperpose score pho", "file"),
        ("hyperpose convert pho", "file"),
        ("hyperpose prepare --to pho", "dir"),
        ("hyperpose train --data ph", "dir"),
        ("hyperpose export pho", ""),
    ):
        assert ask(line).stdout.partition(",")[0].strip() == kind, line


def test_a_plugin_that_speaks_or_is_broken_disturbs_nothing(desk, install_plugin):
    site = install_plugin("loud", BROKEN.replace("PLUGIN", "loud"))
    (site / "loud_parts.py").write_text(SPEAKS)
    (site / "loud_broken.py").write_text("command = None\nraise OSError('not today')\n")
    install_plugin("dead", "raise ImportError('no')")
    assert {"profuse", "profane"} <= set(offered("hyperpose pro"))
    assert offered("hyperpose profuse --w") == ["--words"]
    assert offered("hyperpose profane --w") == []


def test_each_shell_gets_its_script_by_both_ways(desk):
    for shell, mark in (("bash", "complete -o"), ("zsh", "compdef"), ("fish", "complete --no")):
        words = environment(_HYPERPOSE_COMPLETE=f"{shell}_source")
        command = [sys.executable, "-m", "hyperpose_core"]
        asked = subprocess.run(command, env=words, capture_output=True, text=True, check=True)
        said = subprocess.run(
            [*command, "completion", shell], capture_output=True, text=True, check=True
        )
        assert asked.stdout == said.stdout
        assert mark in said.stdout
        assert f"{shell}_complete" in said.stdout
    assert "Speaks" not in ask("hyperpose li", "zsh").stdout
    assert ask("hyperpose list", "zsh").stdout.split("\n")[:2] == ["plain", "list-plugins"]
    assert "list-plugins" in ask("hyperpose list", "fish").stdout


@pytest.mark.parametrize("asked", ["tcsh_source", "bash_", "1"])
def test_another_shell_is_one_sentence(asked):
    result = subprocess.run(
        [sys.executable, "-m", "hyperpose_core"],
        env=environment(_HYPERPOSE_COMPLETE=asked),
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert f"completion of which shell? bash, zsh, fish; got {asked!r}" in result.stderr


def test_a_real_bash_completes_a_line_that_is_typed(desk, tmp_path):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    script = tmp_path / "bin" / "hyperpose"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hyperpose_core "$@"\n')
    script.chmod(0o755)
    start = 'PS1="READY\\$ "; eval "$(_HYPERPOSE_COMPLETE=bash_source hyperpose)"\n'
    (tmp_path / "rc").write_text(start)
    path = f"{script.parent}:{os.environ['PATH']}"
    process, terminal = pty.fork()
    if not process:
        os.execve(
            bash,
            ["bash", "--noprofile", "--rcfile", str(tmp_path / "rc"), "-i"],
            {**environment(PATH=path), "TERM": "dumb"},
        )
    try:
        read_until(terminal, "READY$ ")
        for typed, whole in (
            ("hyperpose list-p\t", "list-plugins "),
            ("hyperpose list-plugins --che\t", "--check "),
            ("hyperpose eval --name sec\t", "second "),
            ("hyperpose infer pho\t", "photo.jpg"),
        ):
            os.write(terminal, typed.encode())
            read_until(terminal, whole)
            os.write(terminal, b"\x15echo done$((1+1))\r")  # the line is wiped, and another run
            read_until(terminal, "done2")
    finally:
        os.close(terminal)
        os.waitpid(process, 0)


def read_until(terminal: int, text: str, seconds: float = 60) -> None:
    """Read what a terminal shows until a text is in it."""
    shown, end = "", time.monotonic() + seconds
    while text not in shown:
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        assert ready, f"{text!r} does not appear after {shown!r}"
        shown += os.read(terminal, 4096).decode()
