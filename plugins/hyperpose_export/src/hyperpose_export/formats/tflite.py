"""TFLite: TensorFlow's own converter, with weights in 16 or 8 bits where asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow as tf

from hyperpose_export.contracts import IMAGES, Graph
from hyperpose_export.formats.saved_model import save


def write(graph: Graph, path: Path) -> None:
    """Write a `.tflite` file; see `contracts.Exporter`.

    `float16` stores weights so; `int8` computes so, between inputs and outputs that stay as they
    are.
    """
    with tempfile.TemporaryDirectory() as folder:
        save(graph, Path(folder) / "model", "float32")
        converter = tf.lite.TFLiteConverter.from_saved_model(
            str(Path(folder) / "model"), signature_keys=["serving_default"]
        )
        if graph.options.precision != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if graph.options.precision == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if graph.options.precision == "int8":
            converter.representative_dataset = lambda: _named(graph)
        path.write_bytes(converter.convert())


def _named(graph: Graph) -> Iterator[dict[str, Any]]:
    for images in graph.calibration():
        yield {IMAGES: images}
