"""`hyperpose list-plugins` as users and scripts see it, in processes of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from hyperpose_core.plugins import STATUSES
from hyperpose_core.specs import KINDS
from hyperpose_core.support.version import __version__

HEAVY = ("tensorflow", "tensorlayer", "cv2", "pycocotools", "matplotlib", "keras")
MODELS = """
print("a plugin that prints")
from hyperpose_core import BackboneSpec, ModelSpec, hookimpl

@hookimpl
def hyperpose_register_models():
    return [ModelSpec(name=name, target="json:dumps", family="f") for name in {names!r}]

@hookimpl
def hyperpose_register_backbones():
    return [BackboneSpec(name="Back" + {names!r}[0], target="json:dumps")]
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hyperpose_core", "list-plugins", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.fixture
def crowd(install_plugin, monkeypatch):
    """A good, a broken, a duplicate, two conflicting and a too-new plugin, and the core's."""
    install_plugin("good", MODELS.format(names=["NetA", "NetB"]))
    install_plugin("good", MODELS.format(names=["NetC"]), distribution="zzz-good")
    install_plugin("broken", "import there_is_no_such_module")
    install_plugin("one", MODELS.format(names=["Same", "OnlyOne"]))
    install_plugin("two", MODELS.format(names=["same", "OnlyTwo"]))
    install_plugin("new", MODELS.format(names=["New"]), requires=("hyperpose-core>=2",))
    monkeypatch.setenv("HYPERPOSE_PLUGINS", "good broken one two new")


def test_json_has_the_promised_form(crowd):
    result = run("--json")
    assert result.returncode == 0
    document = json.loads(result.stdout)
    assert list(document) == ["core", "plugins"]
    assert document["core"] == __version__
    keys = {"name", "distribution", "version", "status", "error", "components", "life_cycle"}
    for plugin in document["plugins"]:
        assert set(plugin) == keys
        assert plugin["status"] in STATUSES
        assert (plugin["error"] is None) == (plugin["status"] == "ok")
        assert set(plugin["components"]) <= set(KINDS)
    rows = [(p["name"], p["distribution"], p["status"]) for p in document["plugins"]]
    assert rows == [
        ("broken", "hyperpose-broken", "failed"),
        ("core", "hyperpose-core", "ok"),
        ("good", "hyperpose-good", "ok"),
        ("good", "zzz-good", "duplicate"),
        ("new", "hyperpose-new", "incompatible"),
        ("one", "hyperpose-one", "conflict"),
        ("two", "hyperpose-two", "conflict"),
    ]
    components = {p["distribution"]: p["components"] for p in document["plugins"]}
    assert components["hyperpose-good"] == {"model": ["NetA", "NetB"], "backbone": ["BackNetA"]}
    assert components["zzz-good"] == components["hyperpose-new"] == {}
    assert components["hyperpose-one"]["model"] == ["Same", "OnlyOne"]


LOGGER = """
from hyperpose_core import hookimpl

@hookimpl
def hyperpose_on_train_end(event): ...

@hookimpl
def hyperpose_on_train_start(event): ...
"""


def test_hooks_that_a_training_calls_are_listed(install_plugin, monkeypatch):
    install_plugin("logger", LOGGER)
    monkeypatch.setenv("HYPERPOSE_PLUGINS", "logger")
    [line] = [line for line in run().stdout.splitlines() if line.startswith("logger")]
    assert line.split(maxsplit=4)[3:] == ["life_cycle", "on_train_start, on_train_end"]
    [logger] = [p for p in json.loads(run("--json").stdout)["plugins"] if p["name"] == "logger"]
    assert logger["life_cycle"] == ["hyperpose_on_train_start", "hyperpose_on_train_end"]
    assert "logger" not in run("--kind", "model").stdout


def test_the_table_has_padded_columns_and_every_row(crowd):
    lines = run().stdout.splitlines()
    assert lines[0].split() == ["NAME", "VERSION", "STATUS", "KIND", "PROVIDES"]
    starts = [lines[0].index(head) for head in lines[0].split()]
    for line in lines:
        assert all(line[start - 2 : start].isspace() for start in starts[1:])
    columns = [line[: starts[3]].split() for line in lines[1:]]
    assert ["broken", "1.0", "failed"] in columns
    assert ["good", "1.0", "duplicate"] in columns
    text = "\n".join(lines)
    assert "failed: ModuleNotFoundError: No module named 'there_is_no_such_module'" in text
    assert f"incompatible: needs hyperpose-core>=2, found {__version__}" in text
    assert "NetA, NetB" in text


def test_kind_leaves_out_the_others(crowd):
    document = json.loads(run("--json", "--kind", "model").stdout)
    names = [plugin["name"] for plugin in document["plugins"]]
    assert "core" not in names
    assert "broken" in names
    assert all(set(plugin["components"]) <= {"model"} for plugin in document["plugins"])
    assert "BackNetA" not in run("--kind", "model").stdout


def test_an_unknown_kind_is_wrong_input():
    result = run("--kind", "modle")
    assert result.returncode == 2
    assert "train_strategy" in result.stderr


def test_check_fails_where_a_row_is_not_ok(crowd, monkeypatch):
    assert run("--check").returncode == 1
    assert run("--check", "--kind", "dataset").returncode == 1
    monkeypatch.setenv("HYPERPOSE_PLUGINS", "good")
    monkeypatch.setenv("HYPERPOSE_DISABLED_PLUGINS", "zzz-good")
    assert run("--check").returncode == 0


def test_verbose_says_where_each_is_and_what_it_offers(crowd):
    plugins = json.loads(run("--verbose", "--json").stdout)["plugins"]
    good = next(p for p in plugins if p["name"] == "good")
    assert good["entry_point"] == "hyperpose_good_plugin"
    assert good["file"].endswith("hyperpose_good_plugin.py")
    assert 0 < good["seconds"] < 1
    spec = {"kind": "model", "name": "NetB", "targets": ["json:dumps"], "summary": ""}
    assert spec in good["specs"]
    text = run("--verbose", "--kind", "model").stdout
    assert f"hyperpose_good_plugin: {good['file']}, imported in " in text
    assert "model  NetB  json:dumps\n" in text
    assert "hyperpose_new_plugin: not imported" in text
    assert "there_is_no_such_module" in text


def test_it_imports_nothing_heavy():
    code = (
        "import sys; from hyperpose_core.cli import main; main(['list-plugins', '--json']); "
        f"heavy = [m for m in {HEAVY!r} if m in sys.modules]; sys.exit(' '.join(heavy) or 0)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout)["plugins"]


def test_importing_the_api_imports_nothing_heavy_and_finds_no_plugin():
    code = (
        "import sys, hyperpose_core; hyperpose_core.hookimpl; hyperpose_core.ModelSpec; "
        "hyperpose_core.get_registry; hyperpose_core.errors; "
        f"light = {HEAVY!r} + ('hyperpose_core.builtin', 'numpy'); "
        "sys.exit(' '.join(m for m in light if m in sys.modules) or 0)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )
    assert (result.returncode, result.stderr) == (0, "")
