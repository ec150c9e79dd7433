"""Frozen graphs of TensorFlow: their constants by the names of their nodes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from hyperpose_core.build.weights import LARGEST_RATIO, SMALL
from hyperpose_core.errors import CheckpointError


def constants(path: Path) -> dict[str, NDArray[Any]]:
    """Return the constants of a GraphDef.

    Raises:
        CheckpointError: the file is not one.
    """
    from tensorflow import make_ndarray
    from tensorflow.core.framework.graph_pb2 import GraphDef

    graph = GraphDef()
    try:
        graph.ParseFromString(path.read_bytes())
        found = {n.name: n.attr["value"].tensor for n in graph.node if n.op == "Const"}
        _check_claims(found.values(), path.stat().st_size)
        return {name: make_ndarray(tensor) for name, tensor in found.items()}
    except Exception as error:
        raise CheckpointError(f"the file {path} is not a frozen graph: {error}") from error


def _check_claims(tensors: Iterable[Any], size: int) -> None:
    """Raise ValueError where constants claim more than a file of so many bytes honestly holds.

    One number stands for a whole array of it: a few bytes can say an array of terabytes.
    """
    from tensorflow import dtypes

    held = sum(
        math.prod(max(dim.size, 0) for dim in tensor.tensor_shape.dim)
        * dtypes.as_dtype(tensor.dtype).size
        for tensor in tensors
    )
    if held > max(SMALL, LARGEST_RATIO * size):
        raise ValueError(f"its {size} bytes claim constants of {held} bytes")
