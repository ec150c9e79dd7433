"""Imports of the core go one way: by package as pyproject.toml says, and nowhere in a circle."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# A process of its own, because import-linter sets up the logging of the whole process.
LINT = """
import sys
from importlinter.cli import lint_imports
sys.exit(lint_imports(sys.argv[1], sys.argv[2:], no_cache=True))
"""


@pytest.mark.parametrize("contract", ["layers", "no-circle"])
def test_imports_go_one_way(contract):
    command = [sys.executable, "-c", LINT, str(ROOT / "pyproject.toml"), contract]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 kept" in done.stdout
