"""What finding plugins costs: `list-plugins` and `--help`, with fifty more plugins and without.

    python benchmarks/plugins.py [--count 50] [--rounds 20]

Two environments in a temporary folder, made without a network: wheels of ours in both, and in one
of them plugins as `new-plugin` writes them, of every kind in turn, built and installed by pip. The
command runs in both in turn; processor seconds, the least of the rounds, and their ratio. The list
of commands is remembered between calls: `--help` is measured with that, and without.
"""

from __future__ import annotations

import argparse
import itertools
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))

from installations import DISTRIBUTIONS, build, environment, pip  # noqa: E402

from hyperpose_plugintools.new_plugin import KINDS, write_plugin  # noqa: E402

COMMANDS = {
    "`hyperpose list-plugins`": ("list-plugins", True),
    "`hyperpose --help`": ("--help", True),
    "`hyperpose --help`, the first": ("--help", False),
    "`hyperpose --version`": ("--version", True),
}
"""What is called, and whether it may remember what the calls before it have found."""


def new_plugins(count: int, folder: Path) -> list[Path]:
    """Write plugins of every kind in turn, and return their folders."""
    kinds = itertools.islice(itertools.cycle(KINDS), count)
    return [write_plugin(f"made-{n}", kind, folder)[0] for n, kind in enumerate(kinds)]


def installed(folder: Path, wheels: list[Path]) -> Path:
    """Make an environment with some wheels, and return its `hyperpose`."""
    folder.mkdir()
    home = environment(folder)
    pip(home, "--no-deps", *wheels)
    return home / "bin" / "hyperpose"


def seconds(hyperpose: Path, word: str, cache: Path) -> float:
    """Run a command that works and return its processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    subprocess.run([str(hyperpose), word], check=True, capture_output=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print a row a command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("ours", "made", "written"):
            (folder / part).mkdir()
        ours = build(DISTRIBUTIONS, folder / "ours")
        made = build(new_plugins(options.count, folder / "written"), folder / "made")
        few, many = (installed(folder / n, w) for n, w in (("few", ours), ("many", [*ours, *made])))
        print(
            f"| command | ours alone, s | and {options.count} more, s | ratio |\n|---|---|---|---|"
        )
        for called, (word, remembers) in COMMANDS.items():
            cache = folder / "cache" if remembers else Path(os.devnull)
            runs = [
                [seconds(which, word, cache) for which in (few, many)]
                for _ in range(options.rounds)
            ]
            one, other = (min(times) for times in zip(*runs, strict=True))
            print(f"| {called} | {one:.3f} | {other:.3f} | {other / one:.2f} |")


if __name__ == "__main__":
    main()
