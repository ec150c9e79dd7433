"""Every row of the design's table of plugins, with real distributions on the path."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from hyperpose_core.errors import InputError
from hyperpose_core.plugins import PluginRecord, Switches, compatibility, discover

MODEL = """
from hyperpose_core import ModelSpec, hookimpl

@hookimpl
def hyperpose_register_models():
    return [ModelSpec(name="{name}", target="{target}", family="openpose")]
"""


def model(name: str = "TheirNet", target: str = "json:dumps") -> str:
    return MODEL.format(name=name, target=target)


def record(name: str, distribution: str = "") -> PluginRecord:
    found = [r for r in discover(Switches()) if r.name == name]
    [one] = [r for r in found if not distribution or r.distribution == distribution]
    return one


def test_a_good_plugin_is_ok(install_plugin):
    install_plugin("theirs", model(), version="3.1")
    assert record("theirs").status == "ok"
    assert record("theirs").version == "3.1"
    assert record("theirs").distribution == "hyperpose-theirs"
    assert record("theirs").components == {"model": ["TheirNet"]}


def test_the_core_offers_its_own_components():
    assert "Single_train" in record("core").components["train_strategy"]


def test_a_plugin_may_be_an_object(install_plugin):
    code = """
    from hyperpose_core import FilterSpec, hookimpl

    class Plugin:
        @hookimpl
        def hyperpose_register_filters(self):
            yield FilterSpec(name="big", target="json:dumps")

    plugin = Plugin()
    """
    site = install_plugin("theirs", code)
    entry_points = next(site.glob("*.dist-info/entry_points.txt"))
    entry_points.write_text("[hyperpose]\ntheirs = hyperpose_theirs_plugin:plugin\n")
    assert record("theirs").components == {"filter": ["big"]}


def test_a_broken_import_harms_only_itself(install_plugin):
    before = discover(Switches())
    install_plugin("broken", "import there_is_no_such_module")
    broken = record("broken")
    assert broken.status == "failed"
    assert broken.error == "ModuleNotFoundError: No module named 'there_is_no_such_module'"
    assert [r for r in discover(Switches()) if r.name != "broken"] == before


@pytest.mark.parametrize(
    "code", ["raise SystemExit(3)", "1 / 0", "def broken(:", "raise BaseExceptionGroup('x', [])"]
)
def test_whatever_a_module_raises_is_a_row(install_plugin, code):
    install_plugin("broken", code)
    assert record("broken").status == "failed"


def test_an_entry_point_name_taken_twice_goes_to_ours(install_plugin):
    install_plugin("theirs", model("Ours"), distribution="hyperpose-theirs")
    install_plugin("theirs", model("Stranger"), distribution="aaa-stranger")
    assert record("theirs", "hyperpose-theirs").status == "ok"
    stranger = record("theirs", "aaa-stranger")
    assert stranger.status == "duplicate"
    assert "hyperpose-theirs" in stranger.error
    assert "aaa-stranger" in stranger.error
    assert stranger.specs == ()


def test_an_entry_point_name_taken_twice_by_strangers_goes_to_the_first_in_order(install_plugin):
    install_plugin("theirs", model("A"), distribution="aaa-theirs")
    install_plugin("Theirs", model("B"), distribution="zzz-theirs")
    assert record("theirs").status == "ok"
    assert record("Theirs").status == "duplicate"


def test_a_duplicate_is_not_imported(install_plugin):
    install_plugin("theirs", model())
    install_plugin("theirs", model(), distribution="zzz", module="zzz_not_imported")
    assert record("theirs", "zzz").status == "duplicate"
    assert "zzz_not_imported" not in sys.modules


def test_the_same_component_from_two_plugins_is_a_conflict_in_both_rows(install_plugin):
    install_plugin("one", model("TheirNet"))
    install_plugin("two", model("their_net"))
    assert record("one").status == record("two").status == "conflict"
    assert "two" in record("one").error
    assert "'one/TheirNet'" in record("one").error
    assert record("two").components == {"model": ["their_net"]}


@pytest.mark.parametrize(
    ("requirement", "status"),
    [
        ("hyperpose-core>=2", "incompatible"),
        ("Hyperpose_Core<0.1", "incompatible"),
        ("hyperpose-core>=0.1,<0.2", "ok"),
        ("hyperpose-core>=2; python_version < '3'", "ok"),
        ("hyperpose-core>=2; extra == 'new'", "ok"),
        ("numpy>=999", "ok"),
        ("hyperpose-core >", "failed"),
    ],
)
def test_requirements_on_the_core(install_plugin, requirement, status):
    install_plugin("theirs", model(), requires=("click", requirement))
    assert record("theirs").status == status


def test_a_plugin_for_another_core_is_not_imported(install_plugin):
    install_plugin("new", model(), requires=("hyperpose-core>=2",), module="new_not_imported")
    [new] = [r for r in discover(Switches(), core_version="0.1") if r.name == "new"]
    assert new.error == "needs hyperpose-core>=2, found 0.1"
    assert "new_not_imported" not in sys.modules
    assert [r.status for r in discover(Switches(), core_version="2.0") if r.name == "new"] == ["ok"]


@pytest.mark.parametrize(
    ("value", "status"), [("'>=2'", "incompatible"), ("'>=0.1'", "ok"), ("2", "failed")]
)
def test_a_plugin_may_say_itself_for_which_core_it_is(install_plugin, value, status):
    install_plugin("theirs", f"hyperpose_core_requires = {value}" + model())
    assert record("theirs").status == status


def test_a_misspelt_hook_is_named_with_the_nearest(install_plugin):
    install_plugin("theirs", model().replace("_models", "_modles"))
    assert record("theirs").status == "failed"
    assert record("theirs").error == (
        "unknown hook 'hyperpose_register_modles'; did you mean 'hyperpose_register_models'?"
    ) or record("theirs").error.startswith(
        "unknown hook 'hyperpose_register_modles'; did you mean 'hyperpose_register_models' or "
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("@hookimpl", "", "not marked with @hookimpl"),
        ("models():", "models(config):", "hyperpose_register_models takes no argument: it has con"),
        ("_register_models():", "_on_train_step(now):", "takes one argument, event: it has now"),
        ("return [", "return None and [", "hyperpose_register_models returned None"),
        ("return [", "return 1, [", "returned a int: ModelSpec is expected"),
        ("register_models", "register_filters", "returned a ModelSpec: FilterSpec is expected"),
        ("return [", "raise OSError('no disk') or [", "OSError: no disk"),
        ('"TheirNet"', '"Their Net"', "bad name 'Their Net' of a model"),
        ('"json:dumps"', '"json"', "bad target 'json' of model 'TheirNet'"),
        ('"json:dumps"', '"no_such.module:f"', "no module 'no_such.module'"),
        ('"json:dumps"', '"json.no_such:f"', "no module 'json.no_such'"),
        (', family="openpose"', "", "TypeError"),
        ('"openpose"', "3", "the family of model 'TheirNet' must be str: received 3"),
        ('"openpose"', '"x", stride=8.0', "stride of model 'TheirNet' must be int | str: rec"),
        ('"openpose"', '"x", stride="8"', "bad target '8' of model 'TheirNet'"),
        ('"openpose"', '"x", stride=True', "stride of model 'TheirNet' must be int"),
        ('"openpose"', '"x", aliases="theirs"', "must be tuple[str, ...]: received 'theirs'"),
        ('"openpose"', '"x", skeletons={"coco": 5}', "must be Mapping[str, str]: received {'coco'"),
        ('"openpose"', '"x", skeletons={"coco": "body"}', "bad target 'body' of model"),
        ('family="openpose"', 'family="x", skeletons={"coco": "no_such:S"}', "no module 'no_such'"),
        ('family="openpose")', 'family="x")] * 2 + [', "the model 'TheirNet' is offered twice"),
    ],
)
def test_a_wrong_plugin_is_failed_and_says_what_is_wrong(install_plugin, old, new, expected):
    assert old in model()
    install_plugin("theirs", model().replace(old, new, 1))
    assert record("theirs").status == "failed"
    assert expected in record("theirs").error
    assert record("theirs").specs == ()


def test_every_target_of_a_dataset_is_looked_up(install_plugin):
    code = model().replace("models", "datasets").replace("ModelSpec", "DatasetSpec")
    code = code.replace('family="openpose"', 'skeleton="coco", scorer="no_such.module:score"')
    install_plugin("theirs", code)
    assert record("theirs").error == (
        "bad target 'no_such.module:score' of dataset 'TheirNet': no module 'no_such.module'"
    )


def test_lists_do_for_tuples(install_plugin):
    install_plugin("theirs", model().replace('"openpose"', '"openpose", aliases=["theirs"]'))
    [spec] = record("theirs").specs
    assert spec.aliases == ("theirs",)
    assert hash(spec.aliases)


def test_a_class_in_place_of_an_object_is_named(install_plugin):
    code = """
    from hyperpose_core import FilterSpec, hookimpl

    class Plugin:
        @hookimpl
        def hyperpose_register_filters(self):
            yield FilterSpec(name="big", target="json:dumps")
    """
    site = install_plugin("theirs", code)
    entry_points = next(site.glob("*.dist-info/entry_points.txt"))
    entry_points.write_text("[hyperpose]\ntheirs = hyperpose_theirs_plugin:Plugin\n")
    assert record("theirs").error == (
        "hyperpose_register_filters takes no argument: it has self; the entry point names a "
        "class: name an object of it"
    )


def test_what_a_plugin_prints_is_no_result(install_plugin, capsys):
    install_plugin("theirs", "print('good morning')\n" + model())
    assert record("theirs").status == "ok"
    got = capsys.readouterr()
    assert (got.out, got.err) == ("", "good morning\n")


def test_targets_are_looked_up_but_not_imported(install_plugin):
    site = install_plugin("theirs", model(target="their_package.net:build"))
    package = site / "their_package"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "net.py").write_text("raise RuntimeError('imported')")
    importlib.invalidate_caches()
    assert record("theirs").status == "ok"


def test_an_unreadable_list_of_entry_points_is_a_row(install_plugin):
    site = install_plugin("theirs", model())
    next(site.glob("*.dist-info/entry_points.txt")).write_text("[hyperpose]\nthis is no entry\n")
    assert record("hyperpose-theirs").status == "failed"
    assert "entry_points.txt" in record("hyperpose-theirs").error


@pytest.mark.parametrize("name", ["entry_points.txt", "METADATA"])
def test_a_distribution_whose_files_are_no_text_hides_no_other(install_plugin, name):
    install_plugin("theirs", model(), module="theirs_good")
    broken = install_plugin("broken", model("Other"), module="theirs_broken")
    file = next(broken.glob(f"*.dist-info/{name}"))
    file.write_bytes(b"\xff\xfe" + file.read_bytes())
    assert record("theirs").status == "ok"
    row = record("hyperpose-broken" if name == "entry_points.txt" else "unnamed")
    assert (row.status, "utf-8" in row.error.lower()) == ("failed", True)


def test_no_text_of_a_stranger_is_looked_into(install_plugin):
    site = install_plugin("theirs", model())
    file = next(site.glob("*.dist-info/entry_points.txt"))
    file.write_bytes(b"[console_scripts]\n\xff = a:b\n")
    assert "theirs" not in {r.name for r in discover(Switches())}


def test_the_first_of_two_versions_on_the_path_counts(install_plugin):
    install_plugin("theirs", model("Old"), version="1.0", module="theirs_old")
    install_plugin("theirs", model("New"), version="2.0", module="theirs_new")
    assert record("theirs").components == {"model": ["New"]}


def test_the_order_does_not_depend_on_the_path(install_plugin):
    for name in ("zeta", "alpha", "mid"):
        install_plugin(name, model(f"Net{name}"))
    names = [r.name for r in discover(Switches())]
    assert names == sorted(names)
    assert {"zeta", "alpha", "mid"} <= set(names)


def names_with(**environment: str) -> set[str]:
    return {r.name for r in discover(Switches.from_environment(environment))}


def test_switches_choose_plugins(install_plugin):
    install_plugin("one", model("One"))
    install_plugin("two", model("Two"))
    assert {"one", "two", "core"} <= names_with()
    assert names_with(HYPERPOSE_PLUGINS="one") == {"one", "core"}
    assert names_with(HYPERPOSE_PLUGINS="ONE, hyperpose-two") == {"one", "two", "core"}
    assert names_with() - names_with(HYPERPOSE_DISABLED_PLUGINS="one") == {"one"}
    both = {"HYPERPOSE_PLUGINS": "one,two", "HYPERPOSE_DISABLED_PLUGINS": "two"}
    assert names_with(**both) == {"one", "core"}


def test_a_disabled_plugin_is_not_imported_and_takes_no_name(install_plugin):
    install_plugin("theirs", "raise SystemExit", distribution="aaa", module="aaa_not_imported")
    install_plugin("theirs", model(), distribution="bbb")
    found = discover(Switches.from_environment({"HYPERPOSE_DISABLED_PLUGINS": "aaa"}))
    assert [(r.distribution, r.status) for r in found if r.name == "theirs"] == [("bbb", "ok")]
    assert "aaa_not_imported" not in sys.modules


def test_the_strict_switch_is_on_or_off():
    assert Switches.from_environment({"HYPERPOSE_STRICT_PLUGINS": "1"}).strict
    assert not Switches.from_environment({"HYPERPOSE_STRICT_PLUGINS": "off"}).strict
    with pytest.raises(InputError, match="set it to 1"):
        Switches.from_environment({"HYPERPOSE_STRICT_PLUGINS": "perhaps"})


def test_discovery_happens_when_asked_for_not_at_import():
    source = Path(importlib.import_module("hyperpose_core").__file__).read_text()
    assert "discover(" not in source


@pytest.mark.parametrize("version", ["0.1.0", "0.10", "0.2", "1.2.3"])
@pytest.mark.parametrize(
    "bounds",
    ["", ">=0.1,<0.2", ">=0.1.0, <0.2", ">0.1", "<=0.1", "<0.10,>=0.1", "<1.2.4", "<0.2.0"],
)
def test_plain_bounds_mean_what_packaging_says(bounds, version):
    said = compatibility.unmet_requirement([f"hyperpose-core{bounds}"], version)
    assert (said is None) == SpecifierSet(bounds).contains(version)
    in_brackets = compatibility.unmet_requirement([f"hyperpose_core ({bounds})"], version)
    assert not bounds or (in_brackets is None) == (said is None)


@pytest.mark.parametrize("text", ["~=0.2", "!=0.1.0", "==0.2.*", ">=0.2.dev1", "[all]>=0.2"])
def test_other_bounds_are_read_too(text):
    assert compatibility.unmet_requirement([f"hyperpose-core{text}"], "0.1.0")
    elsewhere = f'hyperpose-core{text}; python_version < "3"'
    assert compatibility.unmet_requirement([elsewhere], "0.1.0") is None
