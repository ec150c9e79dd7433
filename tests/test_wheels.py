"""The built wheels, not the sources, in a clean environment: what a user's pip installs."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from installations import DISTRIBUTIONS, ROOT, build, environment, pip, pip_knows_tensorflow, run
from packaging.utils import canonicalize_name


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A wheel of every distribution."""
    return build(DISTRIBUTIONS, tmp_path_factory.mktemp("wheels"))


@pytest.fixture(scope="module")
def clean(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with all of our wheels."""
    home = environment(tmp_path_factory.mktemp("clean"))
    pip(home, "--no-deps", *wheels)
    return home


def test_every_distribution_has_a_wheel(wheels):
    assert len(wheels) == len(DISTRIBUTIONS) >= 5


def test_wheels_built_twice_are_equal(wheels, tmp_path):
    core = next(folder for folder in DISTRIBUTIONS if folder.name == "hyperpose_core")
    [again] = build([core], tmp_path)
    [before] = [wheel for wheel in wheels if wheel.name == again.name]
    assert again.read_bytes() == before.read_bytes()


def test_wheels_hold_the_licence_the_type_marker_and_no_tests(wheels):
    for wheel in wheels:
        names = zipfile.ZipFile(wheel).namelist()
        packages = {n.partition("/")[0] for n in names if n.endswith("__init__.py")}
        assert packages
        assert all(f"{package}/py.typed" in names for package in packages), wheel.name
        assert any(name.endswith("licenses/LICENSE") for name in names), wheel.name
        assert not [name for name in names if "test_" in name], wheel.name


def test_list_plugins_finds_ours_in_a_clean_environment(clean, tmp_path):
    result = run(clean / "bin" / "hyperpose", "list-plugins", "--check", "--json", cwd=tmp_path)
    plugins = {plugin["distribution"]: plugin for plugin in json.loads(result.stdout)["plugins"]}
    ours = {canonicalize_name(folder.name) for folder in DISTRIBUTIONS}
    assert set(plugins) == ours
    assert all(plugin["components"] or plugin["life_cycle"] for plugin in plugins.values())


def test_the_installed_code_is_the_wheels(clean, tmp_path):
    code = "import hyperpose, hyperpose_core; print(hyperpose.__file__, hyperpose_core.__file__)"
    for path in run(clean / "bin" / "python", "-c", code, cwd=tmp_path).stdout.split():
        assert Path(path).is_relative_to(clean)


@pytest.mark.slow
def test_a_short_training_runs_in_a_clean_environment(clean, tmp_path):
    size = ("--input-size", "64x64", "--batch-size", "2", "--set", "model.width=0.25")
    train = (clean / "bin" / "hyperpose", "train", "--name", "short", "--steps", "2", *size)
    run(*train, cwd=tmp_path)
    assert (tmp_path / "save_dir" / "short" / "model_dir" / "newest_model.npz").is_file()


def test_a_plugin_is_installed_alone_where_the_others_are(clean, tmp_path):
    pip_knows_tensorflow(clean)
    for folder in (ROOT / "hyperpose_coco", ROOT / "plugins" / "hyperpose_openpose"):
        said = pip(clean, "--dry-run", folder)
        [line] = [line for line in said.splitlines() if line.startswith("Would install")]
        assert line.split()[2:] == [f"{canonicalize_name(folder.name)}-0.1.0"]
