"""Decoders on what no trained network gives, and on crowds: finite people, in bounded memory.

Small maps of every kind are among the fuzz targets (`tests/fuzz/decode_*.py`); these are large.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SLOW = pytest.mark.slow
CODE = """
import resource, sys
import fuzzing, numpy as np
from fuzz_maps import check_people
side, memory = map(int, sys.argv[1:])
targets = {name: fuzzing.load(name) for name in fuzzing.names() if name.startswith("decode_")}
for target in targets.values():
    target.target(b"")
with open("/proc/self/statm") as file:
    now = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + memory, now + memory))
random = np.random.default_rng(0)
for name, target in targets.items():
    for kind in ("noise", "ones", "NaN", "infinite", "huge"):
        print(name, kind, file=sys.stderr, flush=True)  # the last one, where it ends
        factor = {"huge": 1e30, "NaN": np.nan, "infinite": np.inf}.get(kind, 1)
        maps = [random.random((side, side, count), np.float32) for count in target.CHANNELS]
        maps = [np.ones_like(one) if kind == "ones" else one * np.float32(factor) for one in maps]
        check_people(target.DECODE(maps))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
@pytest.mark.parametrize(("side", "memory"), [(30, 2**30), pytest.param(80, 3 * 2**30, marks=SLOW)])
def test_large_maps_of_anything_take_bounded_memory(side, memory):
    """At 80 cells: an image of 640 pixels at a stride of 8, of 2,560 at 32."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(side), str(memory)],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-2000:]
