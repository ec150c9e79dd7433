"""TFLite: TensorFlow's own converter, with weights in 16 or 8 bits where asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import tensorflow as tf

from hyperpose_export.contracts import IMAGES, Graph
from hyperpose_export.formats.saved_model import save
from hyperpose_export.rounding import coarse_nodes

LOOKED_AT = 8
"""On how many calibration images the sizes of values are compared with their ranges."""


def write(graph: Graph, path: Path) -> None:
    """Write a `.tflite` file; see `contracts.Exporter`.

    `float16` stores weights so; `int8` computes so, between inputs and outputs that stay as they
    are, but for what would be rounded away.
    """
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        save(graph, model, "float32", single_ops=True)
        path.write_bytes(_in_8_bits(graph, model) if _is_int8(graph) else _in_floats(graph, model))


def _is_int8(graph: Graph) -> bool:
    return graph.options.precision == "int8"


def _in_floats(graph: Graph, model: Path) -> bytes:
    converter = _converter(model)
    if graph.options.precision == "float16":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    return cast(bytes, converter.convert())


def _in_8_bits(graph: Graph, model: Path) -> bytes:
    images = list(graph.calibration())
    nodes = coarse_nodes(_converter(model).convert(), images[:LOOKED_AT])

    def named() -> Iterator[dict[str, Any]]:
        for one in images:
            yield {IMAGES: one}

    converter = _converter(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = named
    if not nodes:
        return cast(bytes, converter.convert())
    # Its debugger is the converter's way to leave nodes as they are.
    options = tf.lite.experimental.QuantizationDebugOptions(denylisted_nodes=nodes)
    debugger = tf.lite.experimental.QuantizationDebugger(
        converter=converter, debug_dataset=named, debug_options=options
    )
    return cast(bytes, debugger.get_nondebug_quantized_model())


def _converter(model: Path) -> Any:
    return tf.lite.TFLiteConverter.from_saved_model(str(model), signature_keys=["serving_default"])
