"""The registry: choosing by name, and what it says when it cannot."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from hyperpose_core.errors import CheckpointError, InputError, PluginError, UnknownComponentError
from hyperpose_core.plugins import PluginRecord, Switches
from hyperpose_core.registry import Registry, get_registry, make_registry
from hyperpose_core.specs import BackboneSpec, DatasetSpec, ModelSpec, PostprocessorSpec, Spec


def model(name: str, target: str = "json:dumps", **fields) -> ModelSpec:
    return ModelSpec(name=name, target=target, family="openpose", **fields)


def post(name: str, family: str, target: str = "json:dumps") -> PostprocessorSpec:
    return PostprocessorSpec(name=name, target=target, family=family)


def plugin(name: str, *specs: Spec, status="ok", error=None, dist="", version="1.0"):
    return PluginRecord(name, dist or f"hyperpose-{name}", version, status, error, specs)


@pytest.mark.parametrize(
    "spelling", ["TheirNet", "theirnet", "THEIR_NET", "their-net", "tn", "T-N"]
)
def test_spellings_and_aliases_mean_the_same(spelling):
    net = model("TheirNet", aliases=("TN",))
    registry = Registry([plugin("theirs", model("Other"), net)])
    assert registry.get("model", spelling) is net
    assert registry.get("model", f"Theirs/{spelling}") is net


def test_kinds_are_apart():
    backbone = BackboneSpec(name="Same", target="json:dumps")
    registry = Registry([plugin("theirs", model("Same"), backbone)])
    assert registry.get("backbone", "same") is backbone
    assert registry.specs("backbone") == [backbone]
    assert registry.names("dataset") == []


def test_an_unknown_kind_is_an_error_of_the_program():
    with pytest.raises(ValueError, match="unknown kind 'modle'"):
        Registry([]).get("modle", "x")


def test_a_conflict_is_settled_by_plugin_and_name():
    one, two = model("Net"), model("net")
    registry = Registry([plugin("a", one, status="conflict"), plugin("b", two, status="conflict")])
    with pytest.raises(PluginError, match=r"2 plugins offer the model 'NET': say 'a/Net' or 'b/ne"):
        registry.get("model", "NET")
    assert registry.get("model", "b/NET") is two
    assert registry.names("model") == ["a/Net", "b/net"]
    assert [registry.get("model", name) for name in registry.names("model")] == [one, two]


def test_an_unknown_name_gets_the_nearest_and_what_there_is():
    registry = Registry([plugin("theirs", model("TheirNet"), model("Zebra"))])
    with pytest.raises(UnknownComponentError) as caught:
        registry.get("model", "ThierNet")
    assert "unknown model 'ThierNet': did you mean 'TheirNet'? there are TheirNet, Zebra" in str(
        caught.value
    )


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("dataset", "mscoco", "`pip install hyperpose-coco` brings it"),
        ("backbone", "vgg-19", "`pip install hyperpose-backbones` brings it"),
        ("dataset", "MPI", "'MPII' (`pip install hyperpose-mpii`)"),
        ("model", "Net/Net", "there is no plugin 'Net', only theirs"),
        ("train_strategy", "Parallel_train", "`pip install hyperpose-parallel` brings it"),
        ("command", "score", "`pip install hyperpose-scores` brings it"),
        ("command", "check_dta", "'check-data' (`pip install hyperpose-datatools`)"),
        ("dataset", "qqqq", "no plugin offers a dataset"),
    ],
)
def test_what_would_bring_it_is_said(kind, name, expected):
    with pytest.raises(UnknownComponentError) as caught:
        Registry([plugin("theirs", model("TheirNet"))]).get(kind, name)
    assert expected in str(caught.value)


def test_a_version_that_lacks_it_is_to_be_upgraded():
    with pytest.raises(UnknownComponentError, match=r"hyperpose-backbones 1\.0 lacks it"):
        Registry([plugin("backbones")]).get("backbone", "Resnet50")


def test_a_failed_plugin_is_named_with_the_reason():
    registry = Registry([plugin("coco", status="failed", error="ImportError: no pycocotools")])
    for name in ("COCO", "coco/anything"):
        with pytest.raises(PluginError, match=r"'coco' .* failed: ImportError: no pycocotools"):
            registry.get("dataset", name)
    with pytest.raises(UnknownComponentError, match=r"coco \(failed: ImportError"):
        registry.get("dataset", "SomethingElse")


def test_a_name_is_a_text():
    with pytest.raises(UnknownComponentError, match="received None"):
        Registry([]).get("model", None)


def test_load_imports_the_target():
    assert Registry([plugin("a", model("Net"))]).load("model", "net") is json.dumps


@pytest.mark.parametrize("target", ["no_such_module:f", "json:no_such_attribute"])
def test_a_component_that_cannot_be_imported_names_its_plugin(target):
    registry = Registry([plugin("a", model("Net", target), dist="their-dist")])
    with pytest.raises(PluginError, match=r"plugin 'a' \(their-dist 1.0\).*no_such") as caught:
        registry.load("model", "Net")
    assert isinstance(caught.value.__cause__, (ImportError, AttributeError))


def test_a_component_that_is_none_names_its_plugin():
    registry = Registry([plugin("a", model("Net", "builtins:object.__base__"), dist="their-dist")])
    with pytest.raises(PluginError, match=r"plugin 'a' \(their-dist 1.0\).*TypeError: it is None"):
        registry.load("model", "Net")


def test_a_component_that_fails_names_its_plugin():
    registry = Registry([plugin("a", model("Net", "json:loads"), dist="their-dist")])
    assert registry.make("model", "net", "[1]") == [1]
    with pytest.raises(PluginError, match=r"'Net' of plugin 'a' \(their-dist 1.0\) failed: JSON"):
        registry.make("model", "Net", "{")


def test_what_a_component_says_itself_is_left_as_it_is():
    source = "hyperpose_core.build.weights:load_weights"
    with pytest.raises(CheckpointError):
        Registry([plugin("a", model("Net", source))]).make("model", "Net", Path("no/such.npz"))


def test_for_family_takes_the_one_that_serves_it():
    registry = Registry([plugin("a", post("grid", "pose-proposal"), post("other", "else"))])
    assert registry.for_family("postprocessor", "poseproposal") is json.dumps


def test_for_family_prefers_the_one_named_like_the_family():
    fast = post("openpose-fast", "openpose", "json:loads")
    registry = Registry([plugin("a", fast), plugin("b", post("openpose", "openpose"))])
    assert registry.for_family("postprocessor", "openpose") is json.dumps


def test_for_family_says_what_to_install():
    with pytest.raises(UnknownComponentError, match="pip install hyperpose-openpose"):
        Registry([]).for_family("visualizer", "openpose")


def test_using_a_plugin_whose_name_is_taken_twice_warns_once(caplog):
    double = plugin("a", status="duplicate", error="taken by x and y: x is used", dist="y")
    registry = Registry([plugin("a", model("Net"), dist="x"), double, plugin("b", model("Other"))])
    with caplog.at_level(logging.WARNING):
        registry.get("model", "Other")
        assert not caplog.records
        registry.get("model", "Net")
        registry.get("model", "Net")
    assert [r.getMessage() for r in caplog.records] == ["plugin a: taken by x and y: x is used"]


def test_strict_stops_at_a_plugin_that_is_not_well(install_plugin):
    install_plugin("broken", "import there_is_no_such_module")
    only = frozenset({"broken"})
    assert make_registry(Switches(only=only)).records
    with pytest.raises(PluginError, match=r"broken .* failed: ModuleNotFoundError"):
        make_registry(Switches(only=only, strict=True))
    assert issubclass(PluginError, InputError)


def test_the_default_registry_is_made_once():
    assert get_registry() is get_registry()


def test_names_are_the_same_in_any_order_of_installation(install_plugin):
    code = "from hyperpose_core import DatasetSpec, hookimpl\n@hookimpl\n"
    code += "def hyperpose_register_datasets():\n"
    code += "    yield DatasetSpec(name='{}', target='json:dumps', skeleton='coco')\n"
    for name in ("zz", "aa"):
        install_plugin(name, code.format(name.upper()))
    registry = make_registry(Switches(only=frozenset({"zz", "aa"})))
    names = [name for name in registry.names("dataset") if name != "coco-custom"]
    assert names == ["AA", "ZZ"]
    assert all(isinstance(spec, DatasetSpec) for spec in registry.specs("dataset"))
