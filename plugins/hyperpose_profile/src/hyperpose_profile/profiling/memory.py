"""Memory: of the process, of files, and what the maps inside a network take."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

from hyperpose_training.trying.estimate import peak_memory

SKIPPED = {"Const", "ReadVariableOp", "NoOp", "Identity"}
"""Types of operations whose outputs take no memory of their own, weights apart."""


def process_memory() -> dict[str, int | None]:
    """Return the bytes that the process has in main memory `now`, and at most (`peak`).

    None where the system does not say it.
    """
    peak = peak_memory()
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return {"now": None, "peak": peak}
    now = pages * os.sysconf("SC_PAGE_SIZE")
    return {"now": now, "peak": max(now, peak or 0)}  # the two are counted apart


def file_size(path: Path) -> int:
    """Return the bytes of a file, or of the files in a folder."""
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    return sum(file.stat().st_size for file in files)


def peak_activations(graph: Any) -> int:
    """Return the most bytes that tensors take at a time, in the order of the graph.

    A tensor is there from the operation that makes it to the last one that uses it. Weights are
    not counted, nor what an operation needs for itself; nothing is computed in place.
    """
    steps = [o for o in graph.get_operations() if o.type not in SKIPPED]
    last: dict[str, int] = {}
    for number, operation in enumerate(steps):
        for tensor in operation.inputs:
            last[_source(tensor).name] = number
    last |= {_source(output).name: len(steps) for output in graph.outputs}
    ends: dict[int, int] = {}
    held = peak = 0
    for number, operation in enumerate(steps):
        for tensor in operation.outputs:
            size = _bytes(tensor)
            held += size
            end = last.get(tensor.name, number)
            ends[end] = ends.get(end, 0) + size
        peak = max(peak, held)
        held -= ends.pop(number, 0)
    return peak


def _source(tensor: Any) -> Any:
    """Return the tensor that is passed on."""
    while tensor.op.type == "Identity":
        tensor = tensor.op.inputs[0]
    return tensor


def _bytes(tensor: Any) -> int:
    known = tensor.dtype.is_floating and tensor.shape.is_fully_defined()
    return math.prod(tensor.shape.as_list()) * tensor.dtype.size if known else 0
