"""SavedModel: TensorFlow's folder, with the signature `serving_default`."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf

from hyperpose_export.contracts import Graph


def write(graph: Graph, path: Path) -> None:
    """Write a folder; see `contracts.Exporter`."""
    save(graph, path, graph.options.precision)


def save(graph: Graph, path: Path, precision: str, single_ops: bool = False) -> None:
    """Write a network in a precision as a SavedModel; see `contracts.Graph`."""
    module = tf.Module()
    module.function = graph.function(precision, single_ops)
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.function})
