"""Checks of a plugin itself: it is there, quick and silent to import, and its targets resolve."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from typing import Any

from hyperpose_core.plugins.cost import LIMIT
from hyperpose_core.plugins.entries import GROUP
from hyperpose_core.registry import GOOD
from hyperpose_core.specs import load_target
from hyperpose_core.support.names import normalize
from hyperpose_plugintools.kit.check import Subject, UncheckedError, expect

TRIES = 3


def is_usable(subject: Subject) -> None:
    """It can be used: loaded, of the right kinds, of unique names."""
    record = subject.record
    expect(record.status in GOOD, "the status ok", f"{record.status}: {record.error}")


def is_quick(subject: Subject) -> None:
    """The quickest of a few imports is quick: a busy machine is no fault."""
    seconds = float("inf")
    for _ in range(TRIES):
        seconds = min(seconds, float(_probed(subject)["seconds"]))
        if seconds < LIMIT:
            return
    expect(
        False,
        f"{LIMIT:g} seconds or less: what is slow belongs into the modules of the targets",
        f"{seconds:.1f} seconds",
    )


def is_light(subject: Subject) -> None:
    """Nothing heavy is imported on the way to list-plugins."""
    heavy = subject.once("probe", lambda: _probed(subject))["heavy"]
    expect(
        not heavy,
        "no heavy library: import it in the modules of the targets",
        f"an import of {', '.join(heavy)}",
    )


def is_silent(subject: Subject) -> None:
    """Standard output is for results."""
    printed = subject.once("probe", lambda: _probed(subject))["printed"]
    expect(not printed, "nothing on standard output", printed)


def targets_resolve(subject: Subject) -> None:
    """Every module and attribute that a spec names can be imported."""
    for spec in subject.record.specs:
        for target in spec.targets():
            try:
                load_target(target)
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything
                what = f"{spec.kind} {spec.name!r}"
                expect(False, f"the {what} in {target}", f"{type(error).__name__}: {error}")


def _probed(subject: Subject) -> dict[str, Any]:
    module = _module(subject)
    path = os.pathsep.join(entry for entry in sys.path if entry)
    words = [sys.executable, "-m", "hyperpose_plugintools.kit.probe", module]
    environment = {**os.environ, "PYTHONPATH": path}
    found = subprocess.run(words, env=environment, capture_output=True, text=True)
    if found.returncode:
        said = found.stderr.strip().rpartition("\n")[2]
        expect(False, f"{module} to be imported in a new process", said)
    result: dict[str, Any] = json.loads(found.stdout)
    return result


def _module(subject: Subject) -> str:
    record = subject.record
    for point in entry_points(group=GROUP):
        theirs = point.dist is None or normalize(point.dist.name) == normalize(record.distribution)
        if normalize(point.name) == normalize(record.name) and theirs:
            return point.module
    raise UncheckedError(f"the entry point of {record.name} cannot be found")


CHECKS = {
    "it can be used": is_usable,
    "its import is quick": is_quick,
    "its import is light": is_light,
    "its import is silent": is_silent,
    "its targets can be imported": targets_resolve,
}
