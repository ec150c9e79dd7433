"""The built wheels, not the sources, in a clean environment: what a user's pip installs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
DISTRIBUTIONS = sorted(
    p.parent for p in [*ROOT.glob("*/pyproject.toml"), *ROOT.glob("plugins/*/pyproject.toml")]
)


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    result = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Build a wheel of every distribution."""
    folder = tmp_path_factory.mktemp("wheels")
    for distribution in DISTRIBUTIONS:
        build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder)
        run(*build, distribution, cwd=folder)
    return sorted(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def clean(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment with our wheels and with other people's packages, and return it."""
    folder = tmp_path_factory.mktemp("clean")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "env", cwd=folder)
    python = folder / "env" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index")
    run(*pip, "--no-deps", *wheels, cwd=folder)
    others = folder / "others"
    others.mkdir()
    for entry in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if "hyperpose" not in entry.name:
            (others / entry.name).symlink_to(entry)
    [site] = (folder / "env").glob("lib/python*/site-packages")
    # addsitedir: what their own .pth files do counts too, such as the distutils of setuptools
    (site / "others.pth").write_text(f"import site; site.addsitedir({str(others)!r})\n")
    return folder / "env"


def test_every_distribution_has_a_wheel(wheels):
    assert len(wheels) == len(DISTRIBUTIONS) >= 5


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
    assert all(plugin["components"] for plugin in plugins.values())


def test_the_installed_code_is_the_wheels(clean, tmp_path):
    code = "import hyperpose, hyperpose_core; print(hyperpose.__file__, hyperpose_core.__file__)"
    for path in run(clean / "bin" / "python", "-c", code, cwd=tmp_path).stdout.split():
        assert Path(path).is_relative_to(clean)


def test_a_short_training_runs_in_a_clean_environment(clean, tmp_path):
    size = ("--input-size", "64x64", "--batch-size", "2", "--set", "model.width=0.25")
    train = (clean / "bin" / "hyperpose", "train", "--name", "short", "--steps", "2", *size)
    run(*train, cwd=tmp_path)
    assert (tmp_path / "save_dir" / "short" / "model_dir" / "newest_model.npz").is_file()
