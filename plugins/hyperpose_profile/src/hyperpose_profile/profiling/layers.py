"""Layers: which of them made which operation of the traced network, and what each costs."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import tensorflow as tf

from hyperpose_core.build.precision import computed_in
from hyperpose_core.build.weights import named_weights
from hyperpose_core.config import Config
from hyperpose_core.contracts import Model
from hyperpose_diagnosis.probe import Call, wrapped
from hyperpose_weights.inspecting.costs import Pass, cost, operations

ITSELF = "-"
"""Stands for the name of a layer, where the model itself made an operation or has a weight."""
PARTS = {"Const", "Placeholder", "ReadVariableOp", "NoOp", "Identity"}
"""Types of operations that compute nothing."""


@dataclass(frozen=True)
class Layer:
    """What a layer costs, of one image.

    Args:
        kind: its class.
        parameters: numbers in its own weights, without those of layers inside.
        output: the shape of what it gives; of several tensors the last.
        seconds: median time of its operations; None where it was not measured.
    """

    name: str
    kind: str
    parameters: int = 0
    multiply_adds: int = 0
    output: tuple[int | None, ...] = ()
    seconds: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


class Traced:
    """One pass of a model over one image, which remembers what layer made each operation.

    Args:
        config: size and layout of the image, and the precision of products.
    """

    def __init__(self, model: Model, config: Config) -> None:
        self.model = model
        self._owners: dict[tuple[int, str], str] = {}
        self._outputs: dict[str, tuple[int | None, ...]] = {}
        self._kinds: dict[str, str] = {}
        size, layout = config.model.size, config.model.data_format
        with wrapped(model, self._seen), computed_in(config.eval.precision):
            self.forward = Pass(model, size, layout)
        paths = list(operations(self.forward.graph))
        self._by_name = {"/".join(one.name for one in path): self._layer(path) for path in paths}

    def layers(self) -> list[Layer]:
        """Return the layers in the order in which they are called; the model itself is the last."""
        found = {name: Layer(name, self._kinds[name]) for name in self._outputs}
        found = {n: replace(layer, output=self._outputs[n]) for n, layer in found.items()}
        itself = Layer(ITSELF, type(self.model).__name__)
        for name, weight in named_weights(self.model).items():
            layer = name.rpartition("/")[0]
            count = math.prod(weight.shape)
            if layer in found:
                found[layer] = _with(found[layer], parameters=count)
            else:
                itself = _with(itself, parameters=count)
        for path in operations(self.forward.graph):
            if products := cost(path[-1]):
                layer = self._layer(path)
                if layer in found:
                    found[layer] = _with(found[layer], multiply_adds=products)
                else:
                    itself = _with(itself, multiply_adds=products)
        working = {self._layer(path) for path in operations(self.forward.graph) if _works(path[-1])}
        # What only calls others has nothing of its own to show.
        shown = [layer for name, layer in found.items() if name in working or layer.parameters]
        return [*shown, itself]

    def owner(self, name: str) -> str:
        """Return the layer that made an operation of the graph, or what was put in place of it.

        One of a traced function inside has the name of what calls it before its own.
        """
        while name and name not in self._by_name:
            name = name.rpartition("/")[0]
        return self._by_name.get(name, ITSELF)

    def _layer(self, path: tuple[Any, ...]) -> str:
        for operation in reversed(path):
            if owner := self._owners.get((id(operation.graph), operation.name)):
                return owner
        return ITSELF

    def _seen(self, call: Call, name: str) -> Call:
        def seen(*arguments: Any, **keywords: Any) -> Any:
            self._kinds.setdefault(name, type(getattr(call, "__self__", call)).__name__)
            graph = tf.compat.v1.get_default_graph()
            before = len(graph.get_operations())
            outputs = call(*arguments, **keywords)
            for operation in graph.get_operations()[before:]:
                # A layer inside comes to its end first, and keeps its own.
                self._owners.setdefault((id(graph), operation.name), name)
            shapes = [t.shape for t in tf.nest.flatten(outputs) if hasattr(t, "shape")]
            self._outputs[name] = tuple(shapes[-1].as_list()) if shapes else ()
            return outputs

        return seen


def _works(operation: Any) -> bool:
    return operation.type not in PARTS


def _with(layer: Layer, **more: int) -> Layer:
    return replace(layer, **{name: getattr(layer, name) + count for name, count in more.items()})
