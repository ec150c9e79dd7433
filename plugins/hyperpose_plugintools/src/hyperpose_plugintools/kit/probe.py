"""Probe: import a module in this process, which was started for it, and say what that cost.

Run as `python -m hyperpose_plugintools.kit.probe MODULE`; the last line of standard output is JSON.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
import time

import hyperpose_core.hookspecs  # noqa: F401 - what every plugin imports is not this one's cost
from hyperpose_core.plugins.cost import HEAVY


def probe(module: str) -> dict[str, object]:
    """Return `seconds`, `heavy` (what was imported that is slow to import) and `printed`."""
    printed, begun = io.StringIO(), time.perf_counter()
    with contextlib.redirect_stdout(printed):
        importlib.import_module(module)
    seconds = time.perf_counter() - begun
    heavy = [name for name in HEAVY if name in sys.modules]
    return {"seconds": seconds, "heavy": heavy, "printed": printed.getvalue()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(probe(sys.argv[1])))
