"""The documentation has a page for everything, says what the code says, and its examples run."""

from __future__ import annotations

import inspect
import re
import runpy
import subprocess
import sys
import types

import pytest
from tiny_runs import ROOT

import hyperpose_core
import hyperpose_plugintools
from hyperpose_core import contracts
from hyperpose_core.hookspecs import HOOKS, LIFE_CYCLE, ON_USE
from hyperpose_core.plugins import discover
from hyperpose_core.plugins.checks import hooks_of
from hyperpose_core.registry import Registry

DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS) for path in DOCS.rglob("*.md") if "_build" not in path.parts)


def text(place: str) -> str:
    path = DOCS / place
    assert path.is_file(), f"docs/{place} is missing: run `python docs/pages.py`"
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("hook", [*HOOKS, *LIFE_CYCLE, *ON_USE])
def test_every_hook_has_a_page_with_an_example(hook):
    page = text(f"hooks/{hook.removeprefix('hyperpose_').removeprefix('register_')}.md")
    assert f"# `{hook}`" in page
    assert f"def {hook}(" in page


def test_every_command_has_a_page():
    ours = [r for r in discover() if r.distribution.startswith("hyperpose-")]
    names = Registry(ours).names("command")
    assert len(names) > 15
    for name in names:
        assert f"Usage: hyperpose {name}" in text(f"commands/{name}.md")


def test_every_public_name_has_a_page():
    for name in set(hyperpose_core.__all__) - {"__version__"}:
        assert f":: hyperpose_core.{name}\n" in text(f"reference/{name}.md")
    for name in contracts.__all__:
        if inspect.isclass(getattr(contracts, name)):
            assert f"autoclass:: hyperpose_core.contracts.{name}\n" in text(
                "reference/contracts.md"
            )
    for name in hyperpose_plugintools.__all__:
        assert f":: hyperpose_plugintools.{name}\n" in text("reference/kit.md")


def test_the_pages_say_what_the_code_says():
    words = [sys.executable, str(DOCS / "pages.py"), "--check"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, f"run `python docs/pages.py`: {done.stdout}{done.stderr[-500:]}"


def test_every_page_is_in_the_site():
    index = text("index.md")
    listed = set(re.findall(r"^([\w/-]+)$", index, re.MULTILINE))
    for page in PAGES:
        name = page.with_suffix("").as_posix()
        folder = f"{page.parent.as_posix()}/index"
        assert {name, folder} & (listed | {"index"}), f"docs/{page} is not in docs/index.md"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_to_files_lead_somewhere(page):
    path = DOCS / page
    prose = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", prose):
        if "://" not in target:
            assert (path.parent / target).exists(), f"docs/{page} links to {target}"


@pytest.mark.parametrize("hook", LIFE_CYCLE)
def test_the_example_of_a_listener_runs(hook, tmp_path):
    [code] = re.findall(r"```python\n(.*?)```", text(f"hooks/{hook[10:]}.md"), re.DOTALL)
    plugin = types.ModuleType("listener")
    exec(code, vars(plugin))
    event = types.SimpleNamespace(run=tmp_path, step=7)
    hooks_of(plugin)[hook](event)
    assert (tmp_path / "told.txt").read_text() == "7 SimpleNamespace\n"


def test_an_outdated_page_is_named():
    script = runpy.run_path(str(DOCS / "pages.py"))
    page = script["hook_page"]("hyperpose_register_filters")
    assert "| `aliases` | `tuple[str, ...]` | `()` | other spellings" in page
