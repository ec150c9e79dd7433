"""Bases: of layers, of layers one after the other, and of models; all that is TensorLayer's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
import tensorlayer as tl

Activation = Callable[[tf.Tensor], tf.Tensor]


class Layer(tl.layers.Layer):
    """Base of a layer, and of a block made of layers that are set as its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self._built = True

    def build(self, inputs_shape: Any) -> None:
        """Do nothing: layers are built when they are made."""

    def __repr__(self) -> str:
        return self.name

    def _get_init_args(self, skip: int = 3) -> dict[str, Any]:
        # TensorLayer inspects the whole stack here, for a file format that we do not use.
        return {}

    def _set_mode_for_layers(self, is_train: bool) -> None:
        self.is_train = is_train
        for layer in self._layers or ():
            layer._set_mode_for_layers(is_train)


class Sequential(Layer):
    """Layers one after the other."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        super().__init__()
        self.length = len(layers)
        for i, layer in enumerate(layers):
            setattr(self, str(i), layer)

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        for i in range(self.length):
            x = getattr(self, str(i)).forward(x)
        return x


class PoseModel(tl.models.Model):
    """Base of the architectures: a TensorLayer model whose `infer(x)` runs it."""

    def infer(self, x: tf.Tensor) -> tuple[Any, ...]:
        """Return `forward(x)` in evaluation mode."""
        self.eval()
        return self.forward(x, is_train=False)
