"""What `make fuzz` runs: each target for long, by hypothesis and by atheris, each in a process.

    python tests/fuzz_long.py [TARGET ...] [--seconds 600] [--with hypothesis,atheris]
    python tests/fuzz_long.py TARGET --try FILE

A table of what was done comes at the end. What was found lies in `--keep`, a file for each input
that `--try` gives to the target again. The exit code says whether anything was found.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HELPERS = ("hyperpose_mpii", "plugins/hyperpose_weights", "plugins/hyperpose_datatools")
"""Whose tests write the files that are changed."""
MEMORY_MB, SLOWEST = 6000, 60
"""What one input may take: MB of the whole process, and seconds."""
ENGINES = ("hypothesis", "atheris")
AT_ONCE = 500
"""Examples between two looks at the clock."""
Row = tuple[str, str, int, str, str]


def main() -> int:
    """Read the command line; see the module."""
    sys.path[:0] = [str(ROOT / "tests"), *(str(ROOT / helper / "tests") for helper in HELPERS)]
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seconds", type=int, default=600, help="for each target and engine")
    parser.add_argument("--with", dest="engines", default=",".join(ENGINES))
    parser.add_argument("--keep", type=Path, default=ROOT / ".fuzz")
    parser.add_argument("--try", dest="file", type=Path)
    parser.add_argument("--one", choices=ENGINES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    import fuzzing

    if given.one:
        return {"hypothesis": by_hypothesis, "atheris": by_atheris}[given.one](given)
    names = given.targets or fuzzing.names()
    if given.file:
        read = fuzzing.try_one(fuzzing.load(names[0]).target, given.file.read_bytes())
        print("it is read" if read else "it is refused in words")
        return 0
    engines = given.engines.split(",")
    if "atheris" in engines and importlib.util.find_spec("atheris") is None:
        print("atheris is not installed (make fuzz installs it): hypothesis alone is used")
        engines.remove("atheris")
    rows = [run(name, engine, given) for name in names for engine in engines]
    print("\n| target | engine | seconds | executions | found |\n|---|---|---|---|---|")
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |")
    return int(any(row[-1] != "nothing" for row in rows))


def run(name: str, engine: str, given: argparse.Namespace) -> Row:
    """Run one target in a process of its own, which may crash or be stopped."""
    folder = given.keep / name
    (folder / "corpus").mkdir(parents=True, exist_ok=True)
    words = [sys.executable, __file__, name, "--one", engine, "--seconds", str(given.seconds)]
    began, log = time.monotonic(), folder / f"{engine}.log"
    with log.open("wb") as out:
        words += ["--keep", str(given.keep)]
        done = subprocess.run(words, stdout=out, stderr=out, check=False)
    text = log.read_text("utf-8", "replace")
    counts = re.findall(r"(?:number_of_executed_units: |executions: |^#)(\d+)", text, re.M)
    ended = re.search(r"^[ |]*(?:[\w.]*(?:Error|Exception)\b.*|.*ERROR: .*)$", text, re.M)
    reason = ended[0].strip()[:200] if ended else f"exit code {done.returncode}"
    count = counts[-1] if counts else "0"
    tried = "nothing" if int(count) else "nothing was tried"
    found = reason if done.returncode else tried
    row = (name, engine, round(time.monotonic() - began), count, found)
    print("  ".join(map(str, row)), flush=True)
    return row


def by_hypothesis(given: argparse.Namespace) -> int:
    """Try new examples until the time is over, or one fails: it is made small and written."""
    import fuzzing
    from hypothesis import HealthCheck, seed, settings
    from hypothesis import given as for_all

    (name,) = given.targets
    target, until = fuzzing.load(name), time.monotonic() + given.seconds
    seeds, count, last = list(target.seeds()), 0, b""

    def run(data: bytes) -> None:
        nonlocal count, last
        if time.monotonic() < until:
            count, last = count + 1, data
            fuzzing.try_one(target.target, data)

    how = settings(
        max_examples=AT_ONCE, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    number = int.from_bytes(os.urandom(4), "little")
    try:
        while time.monotonic() < until:
            number += 1
            seed(number)(how(for_all(fuzzing.changed(seeds))(run)))()
    except Exception:  # noqa: BLE001 - whatever it is, it was found
        (given.keep / name / f"hypothesis-{number:x}").write_bytes(last)
        traceback.print_exc()
        return 1
    finally:
        print(f"executions: {count}", flush=True)
    return 0


def by_atheris(given: argparse.Namespace) -> int:
    """Let libFuzzer change bytes, led by what they reach in our code."""
    import atheris

    with atheris.instrument_imports(include=packages()):
        import fuzzing

        (name,) = given.targets
        target = fuzzing.load(name)
        seeds = list(target.seeds())
    folder = given.keep / name
    for number, whole in enumerate(seeds):
        (folder / "corpus" / f"seed-{number}").write_bytes(whole)
    options = [f"-max_total_time={given.seconds}", f"-timeout={SLOWEST}", "-print_final_stats=1"]
    options += [f"-rss_limit_mb={MEMORY_MB}", f"-artifact_prefix={folder}/", "-max_len=65536"]

    def run(data: bytes) -> None:
        fuzzing.try_one(target.target, data)

    atheris.Setup([sys.argv[0], *options, str(folder / "corpus")], run)
    atheris.Fuzz()
    return 0


def packages() -> list[str]:
    """Return the names of our packages."""
    found = {path.name for path in ROOT.glob("*/src/*")} | {
        path.name for path in ROOT.glob("plugins/*/src/*")
    }
    return sorted(name for name in found if name.startswith("hyperpose"))


if __name__ == "__main__":
    sys.exit(main())
