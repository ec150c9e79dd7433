"""Frozen graphs of TensorFlow: their constants by the names of their nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

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
        nodes = (node for node in graph.node if node.op == "Const")
        return {node.name: make_ndarray(node.attr["value"].tensor) for node in nodes}
    except Exception as error:
        raise CheckpointError(f"the file {path} is not a frozen graph: {error}") from error
