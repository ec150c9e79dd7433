"""The inference step: a model traced in evaluation mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from hyperpose_core.build.precision import computed_in
from hyperpose_core.config import Config
from hyperpose_core.contracts import Model
from hyperpose_core.support.promises import as_raised, calling

Forward = Callable[[tf.Tensor], tuple[tf.Tensor, ...]]


def network_of(model: Model, config: Config) -> Callable[[NDArray[np.float32]], list[Any]]:
    """Return a model as the network of a `Predictor`, in the precision `eval.precision`."""
    forward = trace_forward(model, config.model.data_format, config.eval.precision)

    def network(images: NDArray[np.float32]) -> list[Any]:
        with as_raised():
            return [maps.numpy() for maps in forward(images)]

    return network


def trace_forward(
    model: Model, data_format: str = "channels_last", precision: str = "float32"
) -> Forward:
    """Return the model as a function of images of any size.

    It is traced by itself: `train()` and `eval()` flip a flag that is read while a graph is traced,
    so that a graph that was traced for training goes on using the batch's statistics.

    Args:
        data_format: the model's; the function takes and gives channels_last.
        precision: of convolutions and matrix products, as in `precision.computed_in`.

    Returns:
        from `[N, H, W, 3]` float32 to the maps of `Model.forward`, `[N, h, w, C]` each.
    """

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3], tf.float32)])
    def forward(images: tf.Tensor) -> tuple[tf.Tensor, ...]:
        model.eval()
        with computed_in(precision):
            return in_layout(images)

    def in_layout(images: tf.Tensor) -> tuple[tf.Tensor, ...]:
        turn = data_format == "channels_first"
        if turn:
            images = tf.transpose(images, (0, 3, 1, 2))
        with calling(model, "forward"):
            outputs = tuple(model.forward(images, is_train=False))
        return tuple(tf.transpose(output, (0, 2, 3, 1)) if turn else output for output in outputs)

    return forward
