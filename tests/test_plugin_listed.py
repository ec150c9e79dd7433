"""What list-plugins says of a stranger's plugin that is slow, misspelt, or offers what is there."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from importlib import resources

import numpy as np
import pytest

from hyperpose_core.cli import main
from hyperpose_core.config import DataConfig
from hyperpose_core.config.calls import FilterCall
from hyperpose_core.data.filters import apply
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import ConfigError, PluginError
from hyperpose_core.plugins import Switches
from hyperpose_core.registry import get_registry, make_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.skeletons.converters import convert
from hyperpose_core.support.names import normalize

MODEL = """
from hyperpose_core import ModelSpec, hookimpl

@hookimpl
def hyperpose_register_models():
    yield ModelSpec(name="NAME", target="TARGET", family="openpose")
"""
CONVERTER = """
import numpy as np
from hyperpose_core import ConverterSpec, hookimpl

def convert(points):
    return points + VALUE

@hookimpl
def hyperpose_register_keypoint_converters():
    yield ConverterSpec(name="NAME", target="MODULE:convert", source="one", to="two")
"""


@pytest.fixture
def listed(capsys, monkeypatch, tmp_path):
    """Return the row of a plugin, and the exit code of `--check`."""
    monkeypatch.chdir(tmp_path)
    get_registry.cache_clear()

    def listed(name):
        capsys.readouterr()
        code = main(["list-plugins", "--json", "--check"])
        rows = json.loads(capsys.readouterr().out)["plugins"]
        return next(row for row in rows if row["name"] == name), code

    yield listed
    get_registry.cache_clear()


def model(name="TheirNet", target="json:dumps", first=""):
    return first + MODEL.replace("NAME", name).replace("TARGET", target)


def converter(name, module, value):
    code = CONVERTER.replace("NAME", name).replace("MODULE", module)
    return code.replace("VALUE", str(value))


def test_an_import_that_takes_seconds_has_a_status(install_plugin, listed):
    install_plugin("idle", model(first="import time\ntime.sleep(1.2)"))
    row, code = listed("idle")
    assert (row["status"], code) == ("slow", 1)
    assert row["error"].startswith("its import takes 1.2 s of every command: what is slow belongs")
    assert row["components"] == {"model": ["TheirNet"]}
    del sys.modules["hyperpose_idle_plugin"]
    [record] = [r for r in make_registry(Switches(strict=True)).records if r.name == "idle"]
    assert 1.2 <= record.seconds < 30


def test_an_import_of_what_is_heavy_has_a_status(install_plugin, listed, monkeypatch):
    site = install_plugin("heavy", model(first="import h5py"))
    (site / "h5py.py").write_text("")
    monkeypatch.delitem(sys.modules, "h5py", raising=False)
    row, _ = listed("heavy")
    assert row["status"] == "slow"
    assert "of every command, and imports h5py: what is slow belongs into" in row["error"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("family=", "familly=", "ModelSpec has no field 'familly'; did you mean 'family'?"),
        ("family=", "colour=1, family=", "ModelSpec has no field 'colour': it has name, target, "),
        ("json:dumps", "json:dumbs", "no 'dumbs' in json; did you mean 'dumps' or 'dump'"),
        ("json:dumps", "their_net:Nett", "no 'Nett' in their_net; did you mean 'Net'?"),
    ],
)
def test_what_is_misspelt_is_named_with_the_nearest(install_plugin, listed, old, new, said):
    site = install_plugin("theirs", model().replace(old, new))
    (site / "their_net.py").write_text("class Net:\n    ...\n")
    row, _ = listed("theirs")
    assert row["status"] == ("failed" if "famil" in new else "incomplete")
    assert said in row["error"]


@pytest.mark.parametrize(
    "code", ["from json import *", "def __getattr__(name): ...", "globals()['N' + 'et'] = 1"]
)
def test_a_target_that_its_module_makes_is_not_misspelt(install_plugin, listed, code):
    site = install_plugin("theirs", model(target="their_net:Net"))
    (site / "their_net.py").write_text(code)
    assert listed("theirs")[0]["status"] == "ok"


def test_a_misspelt_attribute_of_an_attribute_is_named_when_it_is_loaded(install_plugin):
    install_plugin("theirs", model(target="json:JSONDecoder.decodee"))
    with pytest.raises(PluginError, match=r"plugin 'theirs' .*'decodee'; did you mean 'decode"):
        make_registry(Switches()).load("model", "TheirNet")


def test_a_newcomer_takes_no_documented_name(install_plugin, listed):
    code = model("Openpose").replace('family="', 'aliases=("lightweight_openpose",), family="')
    install_plugin("aaa", code)
    ours, theirs = listed("openpose")[0], listed("aaa")[0]
    assert ours["status"] == theirs["status"] == "conflict"
    assert "model 'Openpose' is also offered by aaa: the plain name is this one's" in ours["error"]
    assert (
        "model 'Openpose' is also offered by openpose, and the plain name is that of openpose: "
        "write 'aaa/Openpose'" in theirs["error"]
    )
    registry = make_registry(Switches())
    for spelling in ("Openpose", "openpose", "openpose/Openpose"):
        assert registry.get("model", spelling).target.startswith("hyperpose_openpose.")
    assert registry.get("model", "LightweightOpenpose").target.startswith("hyperpose_openpose.")
    assert registry.get("model", "aaa/Openpose").target == "json:dumps"
    assert {"Openpose", "aaa/Openpose"} <= set(registry.names("model"))


def test_a_newcomer_takes_no_name_of_the_core(install_plugin):
    code = model("list_plugins").replace("models", "commands").replace("ModelSpec", "CommandSpec")
    install_plugin("aaa", code.replace(', family="openpose"', ""))
    registry = make_registry(Switches())
    assert registry.get("command", "list-plugins").target.startswith("hyperpose_core.")
    assert registry.get("command", "aaa/list-plugins").target == "json:dumps"


def test_the_newcomer_has_the_name_where_the_owner_is_not_installed(install_plugin):
    install_plugin("aaa", model("Openpose"))
    alone = make_registry(Switches(only=frozenset({"aaa"})))
    assert alone.get("model", "Openpose").target == "json:dumps"
    assert alone.names("model") == ["Openpose"]


def test_no_name_is_known_of_two_distributions():
    known = json.loads(resources.files("hyperpose_core.plugins").joinpath("known.json").read_text())
    owners = defaultdict(set)
    for distribution, kinds in known.items():
        for kind in set(kinds) - {"life_cycle"}:
            for name in kinds[kind]:
                owners[kind, normalize(name)].add(distribution)
    assert owners
    assert {key: found for key, found in owners.items() if len(found) > 1} == {}


def test_two_converters_of_the_same_skeletons_are_a_conflict(install_plugin, listed):
    one, two = Skeleton("one", ("a", "b")), Skeleton("two", ("a", "b"))
    install_plugin("first", converter("first", "hyperpose_first_plugin", 1))
    assert convert([[1, 1, 2], [1, 1, 2]], one, two, make_registry(Switches()))[0, 0] == 2
    install_plugin("second", converter("second", "hyperpose_second_plugin", 2))
    for name, other in (("first", "second"), ("second", "first")):
        row = listed(name)[0]
        assert row["status"] == "conflict"
        said = f"keypoint_converter {name!r} is also offered by {other}: disable one of the plugins"
        assert row["error"] == said
    with pytest.raises(PluginError) as caught:
        convert([[1, 1, 2], [1, 1, 2]], one, two, make_registry(Switches()))
    assert "2 plugins offer the keypoint_converter 'one>two': disable one of" in str(caught.value)
    registry = make_registry(Switches(disabled=frozenset({"first"})))
    assert convert([[1, 1, 2], [1, 1, 2]], one, two, registry)[0, 0] == 3


def test_a_converter_that_fails_is_named(install_plugin):
    one, two = Skeleton("one", ("a", "b")), Skeleton("two", ("a", "b"))
    install_plugin("first", converter("first", "hyperpose_first_plugin", "1 / 0"))
    called = "the keypoint_converter 'first' of plugin 'first' (hyperpose-first 1.0)"
    with pytest.raises(PluginError) as caught:
        convert([[1, 1, 2], [1, 1, 2]], one, two, make_registry(Switches()))
    assert str(caught.value) == f"{called} failed: ZeroDivisionError: division by zero"


def test_a_filter_that_fails_is_named(install_plugin, tmp_path):
    code = """
    from hyperpose_core import FilterSpec, hookimpl

    def keeps(sample):
        return 1 / 0

    @hookimpl
    def hyperpose_register_filters():
        yield FilterSpec(name="none", target="hyperpose_first_plugin:keeps")
    """
    install_plugin("first", code)
    points = np.ones((1, 2, 3), np.float32)
    sample = Sample("a", tmp_path / "a.png", 9, 9, points, np.ones((1, 4), np.float32))
    config = DataConfig(filters=[FilterCall("none")])
    with pytest.raises(ConfigError, match=r"image 'a': .* in the filter 'none' of plugin 'f"):
        apply([sample], config, make_registry(Switches()))
