"""Commands of anybody's plugins: in the help, called, broken, missing, offered twice."""

from __future__ import annotations

import subprocess
import sys

import pytest

GREETING = """
import click
from hyperpose_core import CommandSpec, hookimpl

@hookimpl
def hyperpose_register_commands():
    yield CommandSpec(
        name="greet",
        target="{module}:greet",
        summary="Greet.",
        section="{section}",
        aliases=("hi",),
    )

@click.command()
@click.argument("who")
def greet(who):
    click.echo(f"{name} greets {{who}}")
    return 3
"""


def greeting(name: str, section: str = "Politeness") -> str:
    return GREETING.format(name=name, module=f"hyperpose_{name}_plugin", section=section)


def hyperpose(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hyperpose_core", *words], capture_output=True, text=True, timeout=60
    )


def refused(*words: str) -> str:
    """Check that a call is refused with one sentence, and return it."""
    result = hyperpose(*words)
    assert (result.returncode, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    return line


@pytest.fixture
def theirs(install_plugin, monkeypatch):
    """Install plugins of strangers, with the core's alone beside them."""

    def install(**codes: str) -> None:
        for name, code in codes.items():
            install_plugin(name, code)
        monkeypatch.setenv("HYPERPOSE_PLUGINS", " ".join(codes))

    return install


@pytest.mark.parametrize("called", ["greet", "Greet", "hi", "polite/greet"])
def test_a_strangers_command_is_called_like_ours(theirs, called):
    theirs(polite=greeting("polite"))
    result = hyperpose(called, "you")
    assert (result.returncode, result.stdout, result.stderr) == (3, "polite greets you\n", "")
    assert "polite/greet [OPTIONS] WHO" in hyperpose("polite/greet", "--help").stdout


def test_help_lists_commands_in_sections_ours_first(theirs):
    theirs(
        abc=greeting("abc", "Zeal"), polite=greeting("polite", "Also"), z=greeting("z", "Commands")
    )
    lines = hyperpose("--help").stdout.splitlines()
    heads = [line for line in lines if line and not line.startswith(" ")]
    assert heads[1:] == ["Options:", "Commands:", "Also:", "Commands for plugins:", "Zeal:"]
    assert lines.index("  abc/greet  Greet.") > lines.index("Zeal:")
    assert lines[lines.index("Commands:") + 1].split()[0] == "z/greet"


BROKEN = {
    "import nowhere": "No module named 'nowhere'",
    "raise SystemExit(1)": "SystemExit: 1",
    "from hyperpose_core import hookimpl\n@hookimpl\ndef hyperpose_register_command(): ...": (
        "unknown hook 'hyperpose_register_command'; did you mean 'hyperpose_register_commands'"
    ),
}


@pytest.mark.parametrize(("code", "fault"), BROKEN.items())
def test_a_broken_plugin_costs_its_own_commands_and_says_so(theirs, code, fault):
    theirs(broken=code, polite=greeting("polite"))
    sentence = refused("wave")
    assert "unknown command 'wave'" in sentence
    assert f"broken (failed: {fault}" in sentence.replace("ModuleNotFoundError: ", "")
    assert hyperpose("greet", "you").returncode == 3
    text = " ".join(hyperpose("--help").stdout.split())
    assert "greet Greet." in text
    assert "their commands are missing here: broken;" in text


@pytest.mark.parametrize(
    ("definition", "fault"),
    [
        ("greet = print", "it is no click.Command, but a builtin_function_or_method"),
        ("import nowhere", "No module named 'nowhere'"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("", "has no attribute 'greet'"),
    ],
)
def test_a_command_that_does_not_load_names_its_plugin(install_plugin, theirs, definition, fault):
    theirs(polite=greeting("polite").replace("_plugin:greet", "_commands:greet"))
    site = install_plugin("silent", "")
    (site / "hyperpose_polite_commands.py").write_text(definition)
    sentence = refused("greet", "you")
    assert "the command 'greet' of plugin 'polite' (hyperpose-polite 1.0)" in sentence
    assert fault in sentence
    assert hyperpose("list-plugins").returncode == 0


def test_a_command_that_two_plugins_offer_is_chosen_by_plugin(theirs):
    theirs(one=greeting("one"), two=greeting("two"))
    sentence = refused("greet", "you")
    assert sentence == "Error: 2 plugins offer the command 'greet': say 'one/greet' or 'two/greet'"
    assert hyperpose("two/greet", "you").stdout == "two greets you\n"


def test_a_command_of_a_plugin_that_is_switched_off_names_the_switch(theirs, install_plugin):
    for name in ("scores", "datatools"):
        install_plugin(name, "")
    theirs(polite=greeting("polite"))
    off = "is installed, and HYPERPOSE_PLUGINS keeps it out"
    assert refused("score", "x.json") == f"Error: unknown command 'score': hyperpose-scores {off}"
    assert refused("scores/it") == f"Error: unknown command 'scores/it': hyperpose-scores {off}"
    near = refused("chek-data")
    assert f"did you mean 'check-data' (hyperpose-datatools {off})" in near
    assert "did you mean 'train'" in refused("trian")


def test_strictness_leaves_what_says_what_is_wrong(theirs, monkeypatch):
    theirs(broken="import nowhere")
    monkeypatch.setenv("HYPERPOSE_STRICT_PLUGINS", "1")
    assert "No module named 'nowhere'" in hyperpose("list-plugins").stdout
    assert hyperpose("--help").returncode == 0
