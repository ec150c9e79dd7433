"""The shell of the command line: laziness, errors, exit codes."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from hyperpose_core.cli import main
from hyperpose_core.cli.main import COMMANDS, cli
from hyperpose_core.cli.options import debug_option
from hyperpose_core.errors import DataError, SpecError
from hyperpose_core.support.version import __version__


@pytest.fixture
def failing(monkeypatch):
    """Give the command line a command that raises what the test wants."""

    def install(error: BaseException) -> None:
        @click.command("fail")
        @debug_option
        def fail() -> None:
            raise error

        monkeypatch.setitem(cli.commands, "fail", fail)

    return install


def test_version(capsys):
    assert main(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


def test_help_lists_every_command_and_imports_none():
    code = (
        "import sys; from hyperpose_core.cli import main; main(['--help']); "
        "sys.exit([m for m in sys.modules if m.startswith('hyperpose_core.cli.')"
        " and m.rpartition('.')[2] not in ('main', 'lazy', 'options')] or 0)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )
    assert (result.returncode, result.stderr) == (0, "")
    for name in ("train", "eval", "infer", "list-plugins", "demo"):
        assert f"  {name} " in result.stdout


@pytest.mark.parametrize(("error", "code"), [(DataError("no such folder"), 2), (SpecError("x"), 1)])
def test_our_errors_are_one_sentence_with_their_exit_code(failing, capsys, error, code):
    failing(error)
    assert main(["fail"]) == code
    assert capsys.readouterr() == ("", f"Error: {error}\n")


@pytest.mark.parametrize("kind", [ImportError, DataError])
def test_what_a_machine_without_a_screen_lacks_is_named(failing, capsys, kind):
    failing(kind("libGL.so.1: cannot open shared object file: No such file or directory"))
    assert main(["fail"]) != 0
    assert "opencv-python-headless" in capsys.readouterr().err


def test_other_errors_are_one_line_that_advises_debug(failing, capsys):
    failing(ZeroDivisionError("one\ntwo"))
    assert main(["fail"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line == "Error: unexpected ZeroDivisionError: one two (--debug shows where)"


@pytest.mark.parametrize("words", [["fail", "--debug"], ["--debug", "fail"]])
def test_debug_shows_the_traceback(failing, capsys, words):
    failing(DataError("no such folder"))
    assert main(words) == 2
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err
    assert err.endswith("Error: no such folder\n")


@pytest.mark.parametrize("words", [["trian"], ["list-plugins", "--nothing"], ["--nothing"]])
def test_wrong_usage_is_wrong_input(capsys, words):
    assert main(words) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_interruption_is_not_an_error_message(failing, capsys):
    failing(KeyboardInterrupt())
    assert main(["fail"]) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_a_reader_that_leaves_is_no_error():
    command = f"{sys.executable} -m hyperpose_core list-plugins | true"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert result.stderr == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_debug_and_help(name, capsys):
    assert main([name, "--help"]) == 0
    assert "--debug" in capsys.readouterr().out
