"""The probe: which layer of a model is the first to give a number that is not finite."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import tensorflow as tf

from hyperpose_core.build.weights import children_of

Call = Callable[..., Any]


class Probe:
    """What was seen while a model ran eagerly inside `watch`.

    Attributes:
        called: names of the layers in the order in which they were called.
        first: the name of the innermost layer that was the first to give what is not finite; None
            where all outputs were finite.
    """

    def __init__(self) -> None:
        self.called: list[str] = []
        self.first: str | None = None

    @contextlib.contextmanager
    def watch(self, model: Any) -> Iterator[None]:
        """Look at the output of every layer of a model."""
        with wrapped(model, self._seen):
            yield

    def _seen(self, call: Call, name: str) -> Call:
        def seen(*arguments: Any, **keywords: Any) -> Any:
            self.called.append(name)
            outputs = call(*arguments, **keywords)
            if self.first is None and not is_finite(outputs):
                self.first = name
            return outputs

        return seen

    def nearest_to_the_loss(self, names: Mapping[str, Any] | list[str]) -> str:
        """Return which of some weights belongs to the layer that was called last."""
        last = {name: index for index, name in enumerate(self.called)}
        return max(names, key=lambda name: last.get(name.rpartition("/")[0], -1))


@contextlib.contextmanager
def wrapped(model: Any, wrap: Callable[[Call, str], Call]) -> Iterator[None]:
    """Put something around the call of every layer of a model.

    A layer is an object with a method `forward` (TensorLayer's, or anybody's) or `call` (Keras'),
    found and named as `weights.named_weights` finds and names variables.

    Args:
        wrap: returns what is called in place of a layer's method, from that and the layer's name.
    """
    patched = []
    for name, layer, method in _layers(model, (), set()):
        vars(layer)[method] = wrap(getattr(layer, method), name)
        patched.append((layer, method))
    try:
        yield
    finally:
        for layer, method in patched:
            del vars(layer)[method]


def is_finite(value: Any) -> bool:
    """Say whether all numbers in a tensor, or in tensors within lists and tables, are finite."""
    tensors = [t for t in tf.nest.flatten(value) if hasattr(t, "dtype") and hasattr(t, "shape")]
    return all(
        bool(tf.reduce_all(tf.math.is_finite(tensor)))
        for tensor in map(tf.convert_to_tensor, tensors)
        if tensor.dtype.is_floating
    )


def _layers(value: Any, path: tuple[str, ...], seen: set[int]) -> Iterator[tuple[str, Any, str]]:
    if id(value) in seen or (hasattr(value, "assign") and hasattr(value, "shape")):
        return
    seen.add(id(value))
    method = next((m for m in ("forward", "call") if _has(value, m)), None)
    if path and method:
        yield "/".join(path), value, method
    for name, child in children_of(value):
        yield from _layers(child, (*path, name), seen)


def _has(value: Any, method: str) -> bool:
    own = hasattr(value, "__dict__") and not isinstance(value, type)
    return own and callable(getattr(type(value), method, None)) and method not in vars(value)
