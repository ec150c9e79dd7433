"""What the distributions declare agrees with what they import and with what the tests install."""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import known_components
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


@functools.cache
def installed() -> dict[str, list[str]]:
    """Return which distributions offer a top-level name (as packages_distributions from 3.11)."""
    found: dict[str, list[str]] = {}
    for one in distributions():
        for name in {file.parts[0].partition(".")[0] for file in one.files or ()}:
            found.setdefault(name, []).append(one.metadata["Name"])
    return found


def third_party(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield what the sources import, by top-level name, except themselves and the standard ones."""
    known = {path.name for path in (folder / "src").iterdir()} | sys.stdlib_module_names
    known |= {"tomllib"}  # from Python 3.11
    for path in folder.glob("src/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for name in {name.partition(".")[0] for name in names}:
                if name not in known:
                    yield name, path


@every_distribution
def test_what_is_imported_is_declared(folder):
    declared = {canonicalize_name(requirement.name) for requirement in requirements(folder)}
    providers = {**installed(), "tensorflow": ["tensorflow"], "tomli": ["tomli"]}
    for path in PROJECTS:  # an editable installation does not list its packages
        providers |= {p.name: [path.parent.name] for p in (path.parent / "src").iterdir()}
    for name, path in third_party(folder):
        offered = {canonicalize_name(dist) for dist in providers.get(name, [])}
        assert offered & declared, f"{path} imports {name}, which {folder.name} does not declare"


def applies(requirement: Requirement, python: str) -> bool:
    marker = requirement.marker
    return marker is None or marker.evaluate({"python_version": python})


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13"])
@every_distribution
def test_ranges_leave_room_and_include_what_the_tests_run_with(folder, python):
    lines = re.sub(r"#.*", "", (ROOT / "constraints.txt").read_text()).split("\n")
    pins = [pin for pin in map(Requirement, filter(str.strip, lines)) if applies(pin, python)]
    pinned = {canonicalize_name(pin.name): pin for pin in pins}
    assert len(pinned) == len(pins), "one version each"
    for requirement in requirements(folder):
        assert "==" not in str(requirement.specifier), "a library does not pin"
        assert requirement.specifier, f"{requirement} has no range"
        if applies(requirement, python) and not requirement.name.startswith("hyperpose"):
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


def test_the_page_on_dependencies_names_each_of_them_and_no_other():
    page = (ROOT / "docs" / "dependencies.md").read_text()
    named = re.findall(r"^\| ([a-z0-9-]+) \|", page, re.MULTILINE)[1:]
    declared = {requirement.name for path in PROJECTS for requirement in requirements(path.parent)}
    assert sorted(named) == sorted(n for n in declared if not n.startswith("hyperpose"))


@every_distribution
def test_every_distribution_has_the_same_frame(folder):
    assert canonicalize_name(folder.name) == project(folder)["name"]
    assert project(folder)["requires-python"] == ">=3.10,<3.14"
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert (folder / "README.md").read_text().startswith(f"# {project(folder)['name']}\n")
    assert list((folder / "tests").glob("test_*.py")), "a distribution has tests of its own"


def brought_by(name: str) -> set[str]:
    """Return a distribution and all that pip installs with it, ours followed to the end."""
    folders = {project(path.parent)["name"]: path.parent for path in PROJECTS}
    found, left = set(), {name}
    while left:
        one = left.pop()
        found.add(one)
        if one in folders:
            left |= {r.name for r in requirements(folders[one]) if not r.marker} - found
    return found


def test_one_plugin_brings_all_that_its_dataset_and_scores_need():
    coco = brought_by("hyperpose-coco")
    assert coco >= {"tensorflow", "tensorlayer", "pycocotools", "hyperpose-core"}
    assert coco >= {"hyperpose-scores", "hyperpose-datatools"}
    assert "pycocotools" not in brought_by("hyperpose-openpose")


def test_the_readme_says_which_distribution_brings_which_command():
    lines = (ROOT / "README.md").read_text().splitlines()
    rows = [line.split("|") for line in lines if line.startswith("| `hyperpose-")]
    table = {
        name: set(re.findall(r"`([^`]+)`", row[3]))
        for row in rows
        for name in re.findall(r"`([^`]+)`", row[1])
    }
    commands = {
        name: {*kinds.get("command", ())} for name, kinds in known_components.known().items()
    }
    for name in {project(path.parent)["name"] for path in PROJECTS} - {"hyperpose-core"}:
        assert table[name] == commands.get(name, set()), name


def test_the_extra_installs_every_plugin():
    extra = project(ROOT / "hyperpose_core")["optional-dependencies"]["all"]
    names = [project(path.parent)["name"] for path in PROJECTS]
    assert sorted(extra) == sorted(set(names) - {"hyperpose-core"})


def test_what_would_bring_a_missing_component_is_known_of_all_of_ours():
    known = known_components.known()
    written = known_components.with_installed(known, known_components.ours())
    assert known == written, "run: python tests/known_components.py"
    assert known_components.FILE.read_text() == known_components.text(known)


def test_a_strangers_distribution_becomes_known_like_ours(install_plugin):
    code = """
        from hyperpose_core import CommandSpec, hookimpl

        @hookimpl
        def hyperpose_register_commands():
            yield CommandSpec(name="count", target="json:dumps", aliases=("tally",))
        """
    install_plugin("counts", code)
    known = known_components.with_installed({"others": {"model": ["Net"]}}, {"hyperpose-counts"})
    assert known == {
        "others": {"model": ["Net"]},
        "hyperpose-counts": {"command": ["count", "tally"]},
    }
    with pytest.raises(SystemExit, match="not installed here: hyperpose-nothing"):
        known_components.with_installed(known, {"hyperpose-nothing"})


def test_test_files_have_names_of_their_own():
    paths = [p for p in ROOT.glob("**/test_*.py") if ".venv" not in p.parts]
    names = [path.name for path in paths]
    assert sorted(set(names)) == sorted(names)
