"""ONNX, by tf2onnx."""

from __future__ import annotations

from pathlib import Path

from hyperpose_export.contracts import Graph
from hyperpose_export.needs import needed

OPSET = 17


def write(graph: Graph, path: Path) -> None:
    """Write an `.onnx` file; see `contracts.Exporter`.

    Raises:
        InputError: tf2onnx is not installed.
    """
    convert = needed("tf2onnx.convert", "onnx", "writing ONNX")
    function = graph.function(graph.options.precision)
    proto, _ = convert.from_function(
        function, input_signature=function.input_signature, opset=OPSET
    )
    path.write_bytes(proto.SerializeToString())
