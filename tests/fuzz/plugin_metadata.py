"""Entry points of a distribution that brings plugins, and after a line of `---` its METADATA:
whatever they say, the others are found.
"""

from __future__ import annotations

import sys

from fuzzing import folder, written

from hyperpose_core.registry import make_registry

WHOLE = b"[hyperpose]\nmine = fuzzed_plugin\n[console_scripts]\na = b:c\n"
ABOUT = b"Metadata-Version: 2.1\nName: hyperpose-fuzzed\nVersion: 1.0\nRequires-Dist: x>=1\n"


def seeds() -> list[bytes]:
    points = [WHOLE, b"[hyperpose]\nmine = json\n", b"[hyperpose]\ncoco = nothing.there:x\n"]
    return [point + b"---\n" + ABOUT for point in points]


def target(data: bytes) -> None:
    site = str(folder() / "site")
    info = "site/hyperpose_fuzzed-1.0.dist-info"
    points, _, about = data.partition(b"---\n")
    written(f"{info}/METADATA", about)
    written(f"{info}/entry_points.txt", points)
    sys.path.insert(0, site)
    try:
        assert make_registry().names("dataset")
    finally:
        sys.path.remove(site)
