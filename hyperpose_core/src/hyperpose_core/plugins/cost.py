"""What the import of a plugin costs: every command pays it, and nobody sees where the time goes."""

from __future__ import annotations

import sys
import time
from importlib.metadata import EntryPoint
from typing import Any

HEAVY = ("tensorflow", "tensorlayer", "torch", "cv2", "pycocotools", "matplotlib", "scipy", "h5py")
"""What is slow to import, and belongs into the modules of targets."""
LIMIT = 1.0
"""Seconds that the import may take."""


def imported(point: EntryPoint) -> tuple[Any, float, str | None]:
    """Import a plugin.

    Returns:
        the plugin, the seconds that it took, and a sentence where that is too slow, or imports
        what is heavy.
    """
    there, begun = set(sys.modules), time.perf_counter()
    plugin = point.load()
    seconds = time.perf_counter() - begun
    heavy = [name for name in HEAVY if name in sys.modules and name not in there]
    if not heavy and seconds < LIMIT:
        return plugin, seconds, None
    why = f", and imports {', '.join(heavy)}" if heavy else ""
    advice = "what is slow belongs into the modules of its targets"
    return plugin, seconds, f"its import takes {seconds:.1f} s of every command{why}: {advice}"
