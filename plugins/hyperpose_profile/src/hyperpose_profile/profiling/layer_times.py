"""Times of layers, by TensorFlow's own trace of whole runs of the network."""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf

from hyperpose_core.errors import InputError
from hyperpose_profile.clock import WARM_UP
from hyperpose_profile.profiling.layers import Layer, Traced

HOW = (
    "by TensorFlow's trace of the kernels in runs of the whole network, one image each; one that "
    "does a product with the normalisation and activation behind it counts for the product's layer"
)

_WEIGHTS = re.compile(r"= \w*(?:Conv|Fused)\w*\([^,]+, ([^,:)]+)")
"""In `Relu_4 = _FusedConv2D(Relu_3, Conv2D_2/ReadVariableOp, ...)` the second, the weights."""


def timed(traced: Traced, layers: Sequence[Layer], repeat: int) -> list[Layer]:
    """Return the layers with the median time of each.

    Args:
        repeat: how many runs are traced.

    Raises:
        InputError: the network runs on a GPU, whose kernels have no names of layers in a trace.
    """
    if tf.config.list_logical_devices("GPU"):
        raise InputError(
            "times of layers can be had on a CPU only: set CUDA_VISIBLE_DEVICES=-1 for --layers"
        )
    rounds = [_round(traced, stats) for stats in _traces(traced, repeat)]
    found = []
    for layer in layers:
        seconds = statistics.median(one.get(layer.name, 0.0) for one in rounds)
        found.append(replace(layer, seconds=round(seconds, 7)))
    return found


def _round(traced: Traced, stats: Any) -> dict[str, float]:
    """Return the seconds of each layer in one traced run."""
    found: dict[str, float] = defaultdict(float)
    for device in stats.dev_stats:
        for node in device.node_stats:
            nanoseconds = node.op_end_rel_nanos - node.op_start_rel_nanos
            found[traced.owner(_place(node))] += nanoseconds / 1e9
    return found


def _place(node: Any) -> str:
    """Return the name of the operation that a kernel stands for; of a convolution its weights'.

    One that does the normalisation behind it, too, is called like the last operation of that.
    """
    weights = _WEIGHTS.search(node.timeline_label)
    return weights[1] if weights else str(node.node_name)


def _traces(traced: Traced, repeat: int) -> list[Any]:
    """Run the network with its weights as constants, and return what TensorFlow noted of each."""
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    frozen = convert_variables_to_constants_v2(traced.forward.function)
    images = np.full(traced.forward.shape, 0.5, np.float32)
    options = tf.compat.v1.RunOptions(trace_level=tf.compat.v1.RunOptions.FULL_TRACE)
    found = []
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(frozen.graph.as_graph_def(), name="")
        given = {frozen.inputs[0].name: images}
        outputs = [output.name for output in frozen.outputs]
        with tf.compat.v1.Session(graph=graph) as session:
            for _ in range(WARM_UP):
                session.run(outputs, given)
            for _ in range(repeat):
                noted = tf.compat.v1.RunMetadata()
                session.run(outputs, given, options=options, run_metadata=noted)
                found.append(noted.step_stats)
    return found
