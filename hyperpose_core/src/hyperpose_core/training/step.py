"""The traced train step: forward, loss, gradients, exchange between workers, update."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from hyperpose_core.config import Config
from hyperpose_core.contracts import Model, Preprocessor, Strategy, Tensors
from hyperpose_core.training.optimizers import make_optimizer
from hyperpose_core.weights import named_weights


class TrainStep:
    """Everything that one step changes, and the step itself.

    Args:
        model: its trainable weights are trained.
        preprocessor: names the losses.
        strategy: exchanges weights or gradients between workers.
    """

    def __init__(
        self, model: Model, preprocessor: Preprocessor, strategy: Strategy, config: Config
    ) -> None:
        self.model, self.preprocessor, self.strategy = model, preprocessor, strategy
        self.config = config
        self.weights = named_weights(model)
        trained = {id(variable) for variable in model.trainable_weights}
        trainable = {name: v for name, v in self.weights.items() if id(v) in trained}
        self.optimizer = make_optimizer(trainable, config.train)
        self._traced = tf.function(self._step, jit_compile=False)

    def __call__(self, images: tf.Tensor, targets: Tensors, rate: float, step: int) -> Tensors:
        """Run one step on a batch.

        Returns:
            the losses by name, and `gradient_norm` before clipping; float32 scalars.
        """
        return self._traced(
            images, targets, tf.constant(rate, tf.float32), tf.constant(step, tf.int64)
        )

    def _step(
        self, images: tf.Tensor, targets: Tensors, rate: tf.Tensor, step: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        variables = self.optimizer.variables
        self.model.train()
        if self.config.model.data_format == "channels_first":
            images = channels_first(images)
            targets = {name: channels_first(target) for name, target in targets.items()}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            outputs = self.model.forward(images, is_train=True)
            losses = dict(self.preprocessor.losses(self.model, outputs, targets))
        gradients = tape.gradient(losses["loss"], variables, unconnected_gradients="zero")
        norm = tf.linalg.global_norm(gradients)
        if self.config.train.clip_norm:
            gradients, _ = tf.clip_by_global_norm(gradients, self.config.train.clip_norm, norm)

        def update(exchanged: Any) -> None:
            self.optimizer.apply(exchanged, rate, step)

        self.strategy.apply(variables, gradients, update)
        return {**losses, "gradient_norm": norm}


def channels_first(tensor: tf.Tensor) -> tf.Tensor:
    """Transpose `[N, H, W, C]` to `[N, C, H, W]`; tensors of other ranks stay as they are."""
    return tf.transpose(tensor, (0, 3, 1, 2)) if tensor.shape.rank == 4 else tensor
