"""Frozen graphs of TensorFlow, of which the constants are read."""

from __future__ import annotations

import numpy as np
from fuzzing import written

from hyperpose_openpose.import_tf_pose import importer, read_graph


def seeds() -> list[bytes]:
    from tensorflow import make_tensor_proto
    from tensorflow.core.framework.graph_pb2 import GraphDef

    graph = GraphDef()
    for name, shape in (
        ("MobilenetV1/Conv2d_0/weights", (3, 3, 3, 8)),
        ("Openpose/MConv_Stage1_L1_1_pointwise/weights", (1, 1, 4, 4)),
    ):
        node = graph.node.add(name=name, op="Const")
        node.attr["dtype"].type = 1
        node.attr["value"].tensor.CopyFrom(make_tensor_proto(np.zeros(shape, np.float32)))
    return [graph.SerializeToString()]


def target(data: bytes) -> None:
    path = written("graph.pb", data)
    importer.recognizes(path)
    read_graph(path)
