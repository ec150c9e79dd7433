"""What the distributions declare agrees with what they import and with what the tests install."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
PROJECTS = sorted(
    [*ROOT.glob("hyperpose_*/pyproject.toml"), *ROOT.glob("plugins/*/pyproject.toml")]
)
every_distribution = pytest.mark.parametrize(
    "folder", [p.parent for p in PROJECTS], ids=lambda folder: folder.name
)


def project(folder: Path) -> dict:
    return tomllib.loads((folder / "pyproject.toml").read_text())["project"]


def requirements(folder: Path) -> list[Requirement]:
    return [Requirement(text) for text in project(folder)["dependencies"]]


def third_party(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield what the sources import, by top-level name, except themselves and the standard ones."""
    own = {path.name for path in (folder / "src").iterdir()}
    for path in folder.glob("src/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for name in {name.partition(".")[0] for name in names}:
                if name not in own and name not in sys.stdlib_module_names:
                    yield name, path


@every_distribution
def test_what_is_imported_is_declared(folder):
    declared = {canonicalize_name(requirement.name) for requirement in requirements(folder)}
    providers = {**packages_distributions(), "tensorflow": ["tensorflow"], "tomli": ["tomli"]}
    for path in PROJECTS:  # an editable installation does not list its packages
        providers |= {p.name: [path.parent.name] for p in (path.parent / "src").iterdir()}
    for name, path in third_party(folder):
        offered = {canonicalize_name(dist) for dist in providers.get(name, [])}
        assert offered & declared, f"{path} imports {name}, which {folder.name} does not declare"


@every_distribution
def test_ranges_leave_room_and_include_what_the_tests_run_with(folder):
    lines = re.sub(r"#.*", "", (ROOT / "constraints.txt").read_text()).split("\n")
    pinned = {canonicalize_name(r.name): r for r in map(Requirement, filter(str.strip, lines))}
    for requirement in requirements(folder):
        assert "==" not in str(requirement.specifier), "a library does not pin"
        assert requirement.specifier, f"{requirement} has no range"
        needed = requirement.marker is None or requirement.marker.evaluate()
        if needed and not requirement.name.startswith("hyperpose"):
            [pin] = pinned[canonicalize_name(requirement.name)].specifier
            assert requirement.specifier.contains(pin.version), (requirement, pin)


def test_the_tests_install_what_the_distributions_declare():
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    group = {str(Requirement(text)) for text in groups["runtime"]}
    declared = {
        str(requirement)
        for path in PROJECTS
        for requirement in requirements(path.parent)
        if requirement.name != "tensorflow" and not requirement.name.startswith("hyperpose")
    }
    assert group == declared


@every_distribution
def test_every_distribution_has_the_same_frame(folder):
    assert canonicalize_name(folder.name) == project(folder)["name"]
    assert project(folder)["requires-python"] == ">=3.10,<3.14"
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert (folder / "README.md").read_text().startswith(f"# {project(folder)['name']}\n")
    assert list((folder / "tests").glob("test_*.py")), "a distribution has tests of its own"


def test_test_files_have_names_of_their_own():
    paths = [p for p in ROOT.glob("**/test_*.py") if ".venv" not in p.parts]
    names = [path.name for path in paths]
    assert sorted(set(names)) == sorted(names)
