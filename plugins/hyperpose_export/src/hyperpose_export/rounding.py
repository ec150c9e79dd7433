"""Which parts of a network 8 bits would round away, and so stay as they are.

A value of 8 bits has 255 steps over its range. Where a few values are hundreds of times larger than
the others, one step is larger than most of them: everything behind is lost, whatever the rest does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_export.needs import needed

LEAST_SIGNAL = 100.0
"""How many times the power of its rounding error the power of a value has, to be rounded: 20 dB."""


def coarse_nodes(model: bytes, inputs: Iterable[NDArray[Any]]) -> list[str]:
    """Return the nodes of a TFLite model, by the names of their outputs, that are to stay in float.

    They are those that make or use a value which 8 bits would round too coarsely.

    Args:
        model: in float32.
        inputs: what it is given, one by one.

    Raises:
        InputError: LiteRT is not installed.
    """
    interpreter = needed("ai_edge_litert.interpreter", "litert", "finding the ranges for int8")
    network = interpreter.Interpreter(model_content=model, experimental_preserve_all_tensors=True)
    names = {one["index"]: one["name"] for one in network.get_tensor_details()}
    nodes = [
        (set(map(int, op["inputs"])), set(map(int, op["outputs"])))
        for op in network._get_ops_details()
    ]
    [given] = network.get_input_details()
    power: dict[int, list[float]] = defaultdict(list)
    ends: dict[int, list[float]] = defaultdict(lambda: [0.0])
    for images in inputs:
        network.resize_tensor_input(given["index"], images.shape)
        network.allocate_tensors()
        network.set_tensor(given["index"], images)
        network.invoke()
        for made in (tensor for _, outputs in nodes for tensor in outputs):
            value = network.get_tensor(made)
            if value.dtype == np.float32 and value.size:
                power[made].append(float(np.mean(np.square(value, dtype=np.float64))))
                ends[made] += [float(value.min()), float(value.max())]
    coarse = {
        tensor
        for tensor, powers in power.items()
        if np.mean(powers)
        < LEAST_SIGNAL * ((max(ends[tensor]) - min(ends[tensor])) / 255) ** 2 / 12
    }
    return sorted(
        names[output]
        for inputs_of, outputs in nodes
        for output in outputs
        if coarse & (inputs_of | outputs)
    )
