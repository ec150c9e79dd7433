"""Checks of commands: help that is quick and light, and one sentence for a wrong word."""

from __future__ import annotations

import os
import subprocess
import sys

from hyperpose_core.plugins.cost import HEAVY
from hyperpose_plugintools.kit.check import Subject, expect

_RUN = """
import sys
from hyperpose_core.cli import main
code = main(sys.argv[2:])
print("HEAVY", *(name for name in sys.argv[1].split(",") if name in sys.modules), file=sys.stderr)
sys.exit(code)
"""


def has_help(subject: Subject) -> None:
    """`--help` says what it does."""
    done = _called(subject, "--help")
    expect(done.returncode == 0, "the exit code 0 of --help", done.stderr)
    help_text = subject.load().help
    expect(help_text, "a docstring that says what it does", help_text)


def is_light(subject: Subject) -> None:
    """`--help` needs no TensorFlow."""
    heavy = _called(subject, "--help").stderr.rpartition("HEAVY")[2].split()
    expect(
        not heavy,
        "--help to import no heavy library: import it inside the function",
        f"an import of {', '.join(heavy)}",
    )


def refuses(subject: Subject) -> None:
    """An option that is not there ends with exit code 2 and no traceback."""
    done = _called(subject, "--no-such-option-at-all")
    expect(done.returncode == 2, "the exit code 2 for an unknown option", done.returncode)
    expect("Traceback" not in done.stderr, "no traceback", "a traceback")


def _called(subject: Subject, *words: str) -> subprocess.CompletedProcess[str]:
    def run() -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(entry for entry in sys.path if entry)
        line = [sys.executable, "-c", _RUN, ",".join(HEAVY), subject.name, *words]
        environment = {**os.environ, "PYTHONPATH": path}
        return subprocess.run(line, env=environment, capture_output=True, text=True)

    done: subprocess.CompletedProcess[str] = subject.once(" ".join(words), run)
    return done


CHECKS = {
    "its --help says what it does": has_help,
    "its --help is light": is_light,
    "it refuses what it does not know": refuses,
}
