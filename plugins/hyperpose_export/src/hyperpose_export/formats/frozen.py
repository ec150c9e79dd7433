"""Frozen graph: one GraphDef whose nodes `images` and the outputs have these names."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf

from hyperpose_export.contracts import IMAGES, Graph


def write(graph: Graph, path: Path) -> None:
    """Write a `.pb` file; see `contracts.Exporter`.

    The nodes of the network lie under `network/`, so that none of them can have an output's name.
    """
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    traced = graph.function(graph.options.precision).get_concrete_function()
    frozen = convert_variables_to_constants_v2(traced)
    order = sorted(traced.structured_outputs)
    with tf.Graph().as_default() as named:
        images = tf.compat.v1.placeholder(frozen.inputs[0].dtype, (None, None, None, 3), IMAGES)
        outputs = tf.graph_util.import_graph_def(
            frozen.graph.as_graph_def(),
            input_map={frozen.inputs[0].name: images},
            return_elements=[tensor.name for tensor in frozen.outputs],
            name="network",
        )
        for name, output in zip(order, outputs, strict=True):
            tf.identity(output, name=name)
    path.write_bytes(named.as_graph_def().SerializeToString())
