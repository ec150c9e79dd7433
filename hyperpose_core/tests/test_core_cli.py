"""The shell of the command line: laziness, errors, exit codes."""

from __future__ import annotations

import importlib
import signal
import subprocess
import sys

import pytest

from hyperpose_core.builtin import hyperpose_register_commands
from hyperpose_core.cli import main
from hyperpose_core.errors import DataError, SpecError
from hyperpose_core.support.version import __version__

COMMANDS = [spec.name for spec in hyperpose_register_commands()]
HEAVY = ("tensorflow", "tensorlayer", "numpy", "cv2", "pycocotools", "matplotlib", "scipy")
FAIL = """
import click
from hyperpose_core import CommandSpec, hookimpl
from hyperpose_core.cli.options import debug_option

@hookimpl
def hyperpose_register_commands():
    yield CommandSpec(name="fail", target="hyperpose_failing_plugin:fail")

@click.command()
@debug_option
def fail():
    raise error
"""


ENDED = """
import os
import tempfile
import click
from hyperpose_core import CommandSpec, hookimpl

@hookimpl
def hyperpose_register_commands():
    yield CommandSpec(name="ended", target="hyperpose_ended_plugin:ended")

@click.command()
@click.argument("number", type=int)
def ended(number):
    with tempfile.TemporaryDirectory(dir="."):
        os.kill(os.getpid(), number)
"""


@pytest.fixture
def failing(install_plugin):
    """Install a plugin whose command raises what the test wants."""

    def install(error: BaseException) -> None:
        install_plugin("failing", FAIL)
        importlib.import_module("hyperpose_failing_plugin").error = error

    return install


def test_version(capsys):
    assert main(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


def test_help_lists_every_command_and_imports_none():
    code = (
        "import sys; from hyperpose_core.cli import main; main(['--help']); "
        "frame = 'main', 'menu', 'plugin_group', 'options', 'quiet'; "
        "frame = [f'hyperpose_core.cli.{m}' for m in frame]; "
        f"bad = [m for m in sys.modules if m in {HEAVY!r}"
        " or m.startswith('hyperpose_core.cli.') and m not in frame]; sys.exit(bad or 0)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )
    assert (result.returncode, result.stderr) == (0, "")
    for name in COMMANDS:
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
    assert line == (
        "Error: unexpected ZeroDivisionError: one two (in the command 'fail' of plugin 'failing' "
        "(hyperpose-failing 1.0); --debug shows where)"
    )


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


def test_results_that_find_no_room_are_an_error():
    command = [sys.executable, "-m", "hyperpose_core", "list-plugins"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    sentence = "Error: cannot write standard output: No space left on device; make room\n"
    assert done.stderr == sentence


def test_a_reader_that_leaves_is_no_error():
    command = f"{sys.executable} -m hyperpose_core list-plugins | true"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert result.stderr == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_was_begun_is_cleared_away_when_a_signal_ends_it(
    install_plugin, tmp_path, monkeypatch, number
):
    install_plugin("ended", ENDED)
    desk = tmp_path / "desk"
    desk.mkdir()
    monkeypatch.chdir(desk)
    words = [sys.executable, "-m", "hyperpose_core", "ended", str(int(number))]
    before = signal.signal(number, signal.SIG_DFL)  # what a shell starts behind `&` ignores SIGINT
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    finally:
        signal.signal(number, before)
    assert (done.returncode, done.stderr) == (128 + number, "Interrupted.\n")
    assert list(desk.iterdir()) == []


def test_signals_are_as_they_were_when_a_command_is_done():
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP)
    assert main(["--version"]) == 0
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP)) == before


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_debug_and_help(name, capsys):
    assert main([name, "--help"]) == 0
    assert "--debug" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("code", "last"),
    [
        ("from hyperpose_core.cli import main; main(['train'])", "Error: "),
        (
            "from hyperpose import Config, Model; Model.get_model(Config.get_config())",
            "InputError: ",
        ),
        ("from hyperpose_core import load_predictor; load_predictor('run')", "InputError: "),
    ],
)
def test_without_tensorflow_a_sentence_says_what_to_install(code, last):
    hidden = f"import sys; sys.modules['tensorflow'] = None; {code}"
    result = subprocess.run(
        [sys.executable, "-c", hidden], capture_output=True, text=True, timeout=60
    )
    sentence = "TensorFlow is not installed: pip install tensorflow;"
    assert f"{last}{sentence}" in result.stderr.splitlines()[-1]
