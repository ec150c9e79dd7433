"""The list of commands is remembered from call to call, and never older than what is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = """
from hyperpose_core import CommandSpec, hookimpl
print("imported {name}")

@hookimpl
def hyperpose_register_commands():
    yield CommandSpec(name="{name}", target="json:dumps", summary="{summary}", section="Theirs")
"""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    """Return the folder of what is remembered, which is a new one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "hyperpose"


@pytest.fixture
def bow(install_plugin, monkeypatch) -> Path:
    """Install a plugin with the command `bow`, alone beside the core; return its module's file."""
    monkeypatch.setenv("HYPERPOSE_PLUGINS", "polite curtsy broken")
    site = install_plugin("polite", COMMAND.format(name="bow", summary="Bow low."))
    return site / "hyperpose_polite_plugin.py"


def run(*flags: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, *flags, "-m", "hyperpose_core", "--help"]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)


def shown() -> str:
    return run().stdout


def test_the_second_help_is_the_first_and_imports_no_plugin(bow, cache):
    first, second = run("-X", "importtime"), run("-X", "importtime")
    assert "bow" in first.stdout
    assert second.stdout == first.stdout
    for text in ("imported bow", "hyperpose_core.registry", "importlib.metadata"):
        assert text in first.stderr
        assert text not in second.stderr
    assert len([*cache.iterdir()]) == 1


def test_it_follows_what_is_edited_installed_switched_and_removed(bow, install_plugin, monkeypatch):
    assert "Bow low." in shown()
    bow.write_text(COMMAND.format(name="bow", summary="Bow lower."))
    assert "Bow lower." in shown()
    site = install_plugin("curtsy", COMMAND.format(name="knicks", summary="Curtsy."))
    assert "Curtsy." in shown()
    monkeypatch.setenv("HYPERPOSE_DISABLED_PLUGINS", "polite")
    text = shown()
    assert "Bow" not in text
    assert "Curtsy." in text
    [points] = site.glob("*.dist-info/entry_points.txt")
    points.unlink()
    assert "Curtsy." not in shown()
    monkeypatch.delenv("HYPERPOSE_DISABLED_PLUGINS")
    assert "Bow lower." in shown()


def test_nothing_is_remembered_while_a_plugin_is_not_well(bow, install_plugin, cache):
    site = install_plugin("broken", "import nowhere")
    for _ in range(2):
        assert "their commands are missing here: broken;" in " ".join(shown().split())
    assert not cache.exists()
    (site / "hyperpose_broken_plugin.py").write_text("")
    assert "missing here" not in shown()
    assert cache.exists()


@pytest.mark.parametrize("damage", ["", "a\n\nb\n\nc", "cut", "\N{SNOWMAN}", "a title too few"])
def test_what_is_damaged_is_made_anew(bow, cache, damage):
    whole = shown()
    [file] = cache.iterdir()
    stored = file.read_text()
    damaged = {"cut": stored[: len(stored) // 2], "a title too few": stored.replace("\t", " ")}
    file.write_bytes(damaged.get(damage, damage).encode("utf-16"))
    assert shown() == whole
    file.write_text(damaged.get(damage, damage))
    assert shown() == whole
    assert file.read_text() == stored


@pytest.mark.skipif(os.name == "nt", reason="a folder that cannot be written, as on Unix")
def test_it_does_without_where_nothing_can_be_written(bow, tmp_path, monkeypatch):
    whole = shown()
    (tmp_path / "file").write_text("")
    for place in ("/proc", str(tmp_path / "file"), "/dev/full"):
        monkeypatch.setenv("XDG_CACHE_HOME", place)
        result = run()
        assert (result.stdout, result.stderr) == (whole, "imported bow\n")
