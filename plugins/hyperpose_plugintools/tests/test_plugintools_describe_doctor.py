"""What describe says of every installed component, and what doctor finds wrong."""

from __future__ import annotations

import json

import pytest

from hyperpose_core.cli import main
from hyperpose_core.plugins import Switches, discover
from hyperpose_core.registry import Registry
from hyperpose_plugintools import doctor
from hyperpose_plugintools.describe import description, text


def test_every_installed_component_is_described():
    registry = Registry(discover())
    for record in registry.records:
        for spec in record.specs:
            told = description(spec.kind, f"{record.name}/{spec.name}", registry)
            assert told["file"].endswith(".py"), spec
            assert told["distribution"] == record.source
            assert spec.name in text(told)
            json.dumps(told, default=str)


def told(capsys, *words):
    assert main(["describe", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_arguments_have_types_and_defaults(capsys):
    assert told(capsys, "filter", "min-keypoints")["arguments"] == [
        {"name": "count", "type": "int", "needed": False, "default": "1"},
        {"name": "everybody", "type": "bool", "needed": False, "default": "False"},
    ]
    names = [argument["name"] for argument in told(capsys, "optimizer", "SGD")["arguments"]]
    assert names == ["momentum", "nesterov"]
    assert told(capsys, "filter", "without-images")["arguments"][0]["needed"]


def test_options_and_skeletons_are_told(capsys):
    options = told(capsys, "preprocessor", "openpose")["options"]
    assert "sigma" in {option["name"] for option in options}
    skeleton = told(capsys, "skeleton", "coco")
    assert skeleton["keypoints"][0] == "nose"
    assert ["nose", "left_eye"] in skeleton["limbs"]


def test_names_and_values_are_apart(capsys):
    assert main(["describe", "model", "Openpose"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert ["default_backbone", "Vgg19"] in [line.split() for line in lines]


def test_what_is_not_there_is_one_sentence(capsys):
    assert main(["describe", "filter", "min-keypoint"]) == 2
    assert "did you mean 'min-keypoints'" in capsys.readouterr().err


def test_a_failed_plugin_and_an_unmet_requirement_are_found(install_plugin, capsys):
    install_plugin("ill", "import nothing_of_that_name", distribution="theirs-ill")
    requires = ("numpy<1", "no-such-distribution>=3", 'winonly; python_version < "3"')
    install_plugin("picky", "", distribution="theirs-picky", requires=requires)
    assert main(["doctor", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    texts = {finding["what"]: finding["advice"] for finding in found["findings"]}
    [ill] = [what for what in texts if "the plugin ill (theirs-ill 1.0) is failed" in what]
    assert "HYPERPOSE_DISABLED_PLUGINS" in texts[ill]
    [old] = [what for what in texts if "theirs-picky requires numpy<1: " in what]
    assert texts[old] == 'pip install "numpy<1"'
    assert any("no-such-distribution>=3: it is not installed" in what for what in texts)
    assert not any("winonly" in what for what in texts)
    assert found["facts"]["TensorFlow"]
    assert "CPU" in found["facts"]["devices"]


def test_a_switch_that_names_no_plugin_is_found(install_plugin, capsys, monkeypatch):
    install_plugin("crowds", "", distribution="Theirs-Crowds")
    monkeypatch.setenv("HYPERPOSE_DISABLED_PLUGINS", "crwods, theirs_crowds, CROWDS")
    assert main(["doctor", "--json"]) == 1
    found = [finding["what"] for finding in json.loads(capsys.readouterr().out)["findings"]]
    what = "HYPERPOSE_DISABLED_PLUGINS names 'crwods', and no installed plugin is called so"
    assert [line for line in found if "HYPERPOSE_" in line] == [f"{what}; did you mean 'crowds'?"]
    [only] = doctor.idle_switches(Switches(only=frozenset({"nobody", "core", "crowds"})))
    assert only.what.startswith("HYPERPOSE_PLUGINS names 'nobody', and no")


@pytest.fixture
def install_files(tmp_path, monkeypatch):
    """Install a distribution of some files, as pip records them."""

    def install(name, *files):
        info = tmp_path / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
        monkeypatch.syspath_prepend(tmp_path)

    return install


def test_two_tensorflows_are_found_and_one_that_only_names_another_is_none(install_files):
    install_files("tensorflow-intel", "tensorflow/__init__.py")
    install_files("tf-nightly", "tensorflow/__init__.py")
    install_files("tensorflow-gpu", "README.md")
    names = ["tensorflow-intel", "tf-nightly", "tensorflow-gpu", "numpy"]
    [finding] = doctor.two_tensorflows(names)
    assert finding.what == "tensorflow-intel and tf-nightly are installed over each other"
    assert "pip uninstall tensorflow-intel tf-nightly" in finding.advice
    assert not list(doctor.two_tensorflows(["tensorflow-intel", "tensorflow-gpu"]))


@pytest.mark.parametrize(("file", "count"), [("kungfu/cli.py", 1), ("kungfu/tensorflow/a.py", 0)])
def test_the_kungfu_of_pypi_is_told_from_the_trainer(file, count, install_files):
    install_files("kungfu", file)
    findings = list(doctor.unrelated_kungfu(["kungfu"]))
    assert len(findings) == count
    assert all("pip uninstall kungfu" in finding.advice for finding in findings)
    assert not list(doctor.unrelated_kungfu(["numpy"]))


def test_a_python_that_is_too_old_or_too_new_is_said():
    assert [list(doctor._python(v)) != [] for v in ((3, 9), (3, 10), (3, 13), (3, 14))] == [
        *(True, False, False, True)
    ]
