"""What the tests of installations share: wheels, environments of their own, pip without a net."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DISTRIBUTIONS = sorted(
    p.parent for p in [*ROOT.glob("*/pyproject.toml"), *ROOT.glob("plugins/*/pyproject.toml")]
)


def run(
    *command: str | Path, cwd: Path, code: int = 0, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run a command that ends with `code`, with environment variables of its own."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    result = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**kept, **more},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert result.returncode == code, f"{command}\n{result.stdout}\n{result.stderr}"
    return result


def build(distributions: Iterable[Path], folder: Path) -> list[Path]:
    """Build a wheel of each distribution into a folder, and return all that is there."""
    for distribution in distributions:
        words = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder)
        run(*words, distribution, cwd=folder)
    return sorted(folder.glob("*.whl"))


def environment(folder: Path, without: tuple[str, ...] = ("hyperpose",)) -> Path:
    """Make an environment with other people's packages, and return it.

    Args:
        without: how the names of those packages begin that are left out.
    """
    run(sys.executable, "-m", "venv", "--without-pip", folder / "env", cwd=folder)
    others = folder / "others"
    others.mkdir()
    for entry in (e for path in sys.path if path.endswith("-packages") for e in os.scandir(path)):
        name, link = entry.name, others / entry.name
        if name.removeprefix("_").startswith(without) or link.exists():
            continue
        if not name.endswith(".pth") or name == "distutils-precedence.pth":
            link.symlink_to(entry.path)
    [site] = (folder / "env").glob("lib/python*/site-packages")
    # addsitedir: what their own .pth files do counts too, such as the distutils of setuptools
    (site / "others.pth").write_text(f"import site; site.addsitedir({str(others)!r})\n")
    return folder / "env"


def pip(home: Path, *words: str | Path) -> str:
    """Install into an environment, offline, and return what pip says."""
    offline = ("install", "--no-index", "--no-build-isolation")
    of = ("--python", home / "bin" / "python")
    return run(sys.executable, "-m", "pip", *of, *offline, *words, cwd=home).stdout


def pip_knows_tensorflow(home: Path) -> None:
    """Where tensorflow-cpu serves in an environment, install what says so to pip."""
    code = "from importlib.metadata import distributions as d; print(*(x.name for x in d()))"
    if "tensorflow" not in run(home / "bin" / "python", "-c", code, cwd=home).stdout.split():
        pip(home, "--no-deps", ROOT / "examples" / "tensorflow_cpu")
