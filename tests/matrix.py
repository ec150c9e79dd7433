"""Test with the oldest and the newest of what is declared: `python tests/matrix.py` (test-matrix).

An environment for each Python with the oldest, and with the newest of all that is declared, made by
uv in .venv/matrix; uv also gets the Pythons that are not here. In each tests/matrix_smoke.py and
the tests below run. `--mixed` adds the oldest TensorFlow with the newest others, and the reverse;
`--all` runs all fast tests; `--only 3.12` some combinations. Prints a table; 1 if one failed.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
MATRIX = ROOT / ".venv" / "matrix"
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
RESOLUTIONS = {"oldest": "lowest-direct", "newest": "highest"}
SHOWN = ("numpy", "opencv-python", "keras", "scipy", "h5py", "onnx", "onnxruntime")
# What touches NumPy, OpenCV, SciPy, h5py and pycocotools directly, and takes seconds.
TESTS = (
    "hyperpose_core/tests/test_core_unpickle.py",
    "hyperpose_core/tests/test_core_drawing.py",
    "hyperpose_coco/tests/test_coco_masks.py",
    "hyperpose_coco/tests/test_coco_oks_reference.py",
    "hyperpose_mpii/tests/test_mpii_matfile.py",
)
LACKING = ("find Python", "install")
"""Steps that fail by what this machine lacks; no set of versions at all is a range that lies."""
# Of other versions only our own warnings are errors: what they say to themselves is theirs.
WARNINGS = "filterwarnings=default\nerror:::(hyperpose|test_)"


class Combination(NamedTuple):
    """A Python, and which end of the declared ranges TensorFlow and the rest are at."""

    python: str
    tensorflow: str
    rest: str

    def __str__(self) -> str:
        return f"Python {self.python}, {self.tensorflow} TensorFlow, {self.rest} others"


class FailedError(Exception):
    """What a combination failed at: the step, and what it wrote last."""

    def __init__(self, step: str, said: str) -> None:
        super().__init__(f"{step}: {' '.join(said.split())[-300:]}")
        self.step = step


def declared() -> list[str]:
    """Return what our distributions declare, with the extras of their formats; ours left out."""
    found = set()
    for path in [*ROOT.glob("hyperpose_*/pyproject.toml"), *ROOT.glob("plugins/*/pyproject.toml")]:
        project = tomllib.loads(path.read_text())["project"]
        extras = project.get("optional-dependencies", {})
        lists = [project["dependencies"], *(extras[name] for name in extras if name != "all")]
        found |= {text.replace('"', "'") for texts in lists for text in texts}
    return sorted(text for text in found if not text.startswith("hyperpose"))


def run(step: str, words: list[str | Path], log: Path, given: str = "") -> str:
    """Run a command and return what it wrote; raises FailedError."""
    environment = {**os.environ, "UV_LINK_MODE": "hardlink", "TF_CPP_MIN_LOG_LEVEL": "2"}
    done = subprocess.run(
        list(map(str, words)),
        input=given,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=ROOT,
        env=environment,
    )
    with log.open("a") as file:
        file.write(f"$ {' '.join(map(str, words))}\n{done.stdout}\n")
    if done.returncode:
        raise FailedError(step, done.stdout)
    return done.stdout


def locked(uv: str, one: Combination, tensorflow: str, log: Path) -> str:
    """Return the versions of all packages: TensorFlow's first, then the others that go with it."""
    texts = [re.sub(r"^tensorflow\b", tensorflow, text) for text in declared()]
    first = [text for text in texts if text.startswith(tensorflow)]
    words: list[str | Path] = [uv, "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
    words += ["--only-binary", ":all:", "--python-version", one.python, "-", "--resolution"]
    alone = run(
        "resolve", [*words, RESOLUTIONS[one.tensorflow], "--no-deps"], log, "\n".join(first)
    )
    return run("resolve", [*words, RESOLUTIONS[one.rest]], log, "\n".join([*texts, alone]))


def environment(uv: str, one: Combination, tensorflow: str, log: Path) -> tuple[Path, list[str]]:
    """Make the environment; return its Python and the versions that tell it from the others."""
    folder = log.with_suffix("")
    versions = locked(uv, one, tensorflow, log)
    lock = folder.with_suffix(".txt")
    lock.write_text(versions)
    run("find Python", [uv, "venv", "--quiet", "--clear", "--python", one.python, folder], log)
    python = folder / "bin" / "python"
    install: list[str | Path] = [uv, "pip", "install", "--quiet", "--python", python]
    run("install", [*install, "--only-binary", ":all:", "-r", lock], log)
    run("install", [*install, "-c", lock, "pytest", "pytest-xdist", "hypothesis"], log)
    ours = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
    ours += sorted(path.parent for path in ROOT.glob("hyperpose_*/pyproject.toml"))
    run("install ours", [*install, "--no-deps", *itertools.chain(*(("-e", o) for o in ours))], log)
    found = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", versions, re.MULTILINE))
    return python, [found[tensorflow], *(found[name] for name in SHOWN)]


def tried(uv: str, one: Combination, options: argparse.Namespace) -> tuple[list[str], str]:
    """Return the versions and the outcome of a combination: passed, failed or not available."""
    log = MATRIX / (re.sub(r"\W+", "-", str(one)) + ".log")
    MATRIX.mkdir(parents=True, exist_ok=True)
    log.write_text("")
    versions = ["-"] * (len(SHOWN) + 1)
    tests = [] if options.all else options.test or TESTS
    try:
        python, versions = environment(uv, one, options.tensorflow, log)
        run("list-plugins", [python, "-m", "hyperpose_core", "list-plugins"], log)
        with TemporaryDirectory() as folder:
            run("smoke", [python, "tests/matrix_smoke.py", folder], log)
        words: list[str | Path] = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        end = run("pytest", [*words, "-o", WARNINGS, *options.pytest, *tests], log)
    except FailedError as error:
        outcome = "not available here" if error.step in LACKING else "failed"
        return versions, f"{outcome} ({error})"
    return versions, end.strip().splitlines()[-1].strip("= ")


def main() -> int:
    """Try what was asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("test", nargs="*", help="these test files instead of the chosen ones")
    parser.add_argument("--all", action="store_true", help="all fast tests")
    parser.add_argument("--mixed", action="store_true", help="also one end with the other")
    parser.add_argument("--only", default="", help="combinations in whose name this matches")
    parser.add_argument("--tensorflow", default="tensorflow", help="e.g. tensorflow-cpu")
    parser.add_argument("--uv", default="uv")
    parser.add_argument("--pytest", action="append", default=[], help="a further word for pytest")
    options = parser.parse_args()
    every = [Combination(*c) for c in itertools.product(PYTHONS, RESOLUTIONS, RESOLUTIONS)]
    if not options.mixed:
        every = [one for one in every if one.tensorflow == one.rest]
    chosen = [one for one in every if re.search(options.only, str(one))]
    if not chosen:
        sys.exit(f"--only {options.only}: matches none of " + "; ".join(map(str, every)))
    head = ["Python", "TensorFlow", "others", "tensorflow", *SHOWN, "outcome"]
    rows = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for one in chosen:
        versions, outcome = tried(options.uv, one, options)
        rows.append(f"| {' | '.join([*one, *versions, outcome])} |")
        print(rows[-1], flush=True)
    print("\n".join(["", *rows]))
    return 1 if any("| failed" in row for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
