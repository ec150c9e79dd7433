"""Costs: multiply-adds of a model, counted in the graph of one forward pass."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from hyperpose_core.contracts import Model, Size


class Pass:
    """One forward pass of a model over one image, traced.

    Args:
        size: width and height of the image.
        data_format: the model's.
    """

    def __init__(self, model: Model, size: Size, data_format: str = "channels_last") -> None:
        shape = [1, size[1], size[0], 3]
        if data_format == "channels_first":
            shape = [1, 3, size[1], size[0]]

        @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32)])
        def forward(image: tf.Tensor) -> list[tf.Tensor]:
            model.eval()
            return list(model.forward(image, is_train=False))

        self.shape, self._forward = shape, forward
        self.function = forward.get_concrete_function()
        self.graph = self.function.graph

    def __call__(self) -> list[tf.Tensor]:
        """Run it on a grey image."""
        return self._forward(tf.fill(self.shape, 0.5))

    @property
    def outputs(self) -> list[list[int]]:
        """The shapes of the maps, in the model's data format."""
        return [output.shape.as_list() for output in self.graph.outputs]

    @property
    def multiply_adds(self) -> int:
        """How many products convolutions and matrix products add up."""
        return sum(cost(path[-1]) for path in operations(self.graph))


def operations(graph: Any, callers: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield each operation of a graph, and of the traced functions that it calls.

    It is the last of a tuple, after the operations that call the function in which it is.
    """
    for operation in graph.get_operations():
        yield (*callers, operation)
        if operation.type in ("PartitionedCall", "StatefulPartitionedCall"):
            name = operation.get_attr("f").name
            called = getattr(graph._get_function(name), "graph", None)
            if called is not None:
                yield from operations(called, (*callers, operation))


def cost(operation: Any) -> int:
    """Return how many multiply-adds an operation takes; 0 for what is no product of weights."""
    if operation.type in ("Conv2D", "DepthwiseConv2dNative"):
        kernel = operation.inputs[1].shape.as_list()
        # Of a depthwise kernel the last two numbers are channels and outputs of each.
        each = math.prod(kernel[:3]) if operation.type == "Conv2D" else math.prod(kernel[:2])
        return each * _elements(_uncut(operation.outputs[0]))
    if operation.type == "Conv2DBackpropInput":  # a transposed convolution
        kernel, given = operation.inputs[1].shape.as_list(), operation.inputs[2]
        return math.prod(kernel[:3]) * _elements(given)
    if operation.type in ("MatMul", "BatchMatMulV2"):
        transposed = operation.get_attr("transpose_a" if operation.type == "MatMul" else "adj_x")
        inner = operation.inputs[0].shape.as_list()[-2 if transposed else -1]
        return int(inner) * _elements(operation.outputs[0])
    return 0


def _uncut(output: Any) -> Any:
    """Return what a convolution gives; a dilated one is computed in pieces and put together."""
    for consumer in output.consumers():
        if consumer.type == "BatchToSpaceND":
            return consumer.outputs[0]
    return output


def _elements(tensor: Any) -> int:
    return math.prod(tensor.shape.as_list())
