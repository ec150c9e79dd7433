"""Gradients: forward, loss and backward on a batch, in one piece or in several."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from hyperpose_core.build.precision import computed_in
from hyperpose_core.config import Config
from hyperpose_core.contracts import Model, Preprocessor, Tensors
from hyperpose_training.steps import promised
from hyperpose_training.steps.loss_scale import LossScale
from hyperpose_training.steps.objectives import Objectives
from hyperpose_training.steps.variable_groups import (
    VariableGroups,
    evaluate_layers,
    freeze_modes,
)

Part = tuple[dict[str, tf.Tensor], list[tf.Tensor]]


class Gradients:
    """Computes losses and gradients; for use inside a traced function.

    Args:
        groups: the trained variables are those that gradients are of.
        scale: multiplies the loss; gradients are divided by it again.
        objectives: what is minimised besides the model's own loss.
    """

    def __init__(
        self,
        model: Model,
        preprocessor: Preprocessor,
        groups: VariableGroups,
        config: Config,
        names: list[str],
        scale: LossScale | None,
        objectives: Objectives | None = None,
    ) -> None:
        self.objectives = objectives or Objectives({})
        self.model, self.preprocessor, self.groups = model, preprocessor, groups
        self.config, self.names, self.scale = config, names, scale

    def __call__(self, images: tf.Tensor, targets: Tensors, step: tf.Tensor | int = 0) -> Part:
        """Return the losses by name, and the gradients in the order of the trained variables.

        With `train.accumulate` the batch is cut into that many equal parts, one after the other;
        what is returned are means over the parts.
        """
        count = self.config.train.accumulate
        if count == 1:
            return self.of_part(images, targets, step)
        parts = {"": _cut(images, count), **{n: _cut(t, count) for n, t in targets.items()}}
        return _mean(lambda *part: self.of_part(part[0], part[1], step), parts, count)

    def of_part(self, images: tf.Tensor, targets: Tensors, step: tf.Tensor | int = 0) -> Part:
        """Do the same with all images at once."""
        variables = list(self.groups.trained.values())
        self.model.train()
        freeze_modes(self.model, self.names, self.groups.frozen)
        if self.config.train.norm == "frozen":
            evaluate_layers(self.model, self.groups.statistics)
        if self.config.model.data_format == "channels_first":
            images = channels_first(images)
            targets = {name: channels_first(target) for name, target in targets.items()}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            with (
                computed_in(self.config.train.precision),
                self.objectives.watching(self.model) as features,
            ):
                outputs = promised.forward(self.model, images)
            own = self.objectives.without_theirs(targets)
            promised.check_maps(self.model, self.preprocessor, outputs, own)
            losses = promised.losses(self.model, self.preprocessor, outputs, own)
            done = tf.cast(step, tf.float32) / max(1, self.config.train.steps)
            losses = self.objectives.added_to(losses, features, targets, done)
            scaled = losses["loss"] * self.scale.scale if self.scale else losses["loss"]
        gradients = tape.gradient(scaled, variables, unconnected_gradients="zero")
        if self.scale:
            gradients = [gradient / self.scale.scale for gradient in gradients]
        return losses, gradients


def _mean(of_part: Callable[[tf.Tensor, Tensors], Part], parts: Tensors, count: int) -> Part:
    """Run a function on the parts, one at a time in memory, and return the means."""

    def part(index: tf.Tensor) -> Part:
        chosen = {name: stack[index] for name, stack in parts.items()}
        return of_part(chosen.pop(""), chosen)

    traced = tf.function(part, autograph=False)
    shapes = traced.get_concrete_function(tf.TensorSpec((), tf.int32)).structured_outputs
    zeros = tf.nest.map_structure(lambda output: tf.zeros(output.shape, output.dtype), shapes)

    def body(index: tf.Tensor, sums: Part) -> tuple[tf.Tensor, Part]:
        return index + 1, tf.nest.map_structure(tf.add, sums, traced(index))

    first = tf.constant(0)
    _, sums = tf.while_loop(
        lambda index, _: index < count, body, (first, zeros), parallel_iterations=1
    )
    losses, gradients = tf.nest.map_structure(lambda total: total / count, sums)
    return losses, gradients


def _cut(tensor: tf.Tensor, count: int) -> tf.Tensor:
    """Cut `[count * N, ...]` into `[count, N, ...]`."""
    shape = tf.shape(tensor)
    cut = tf.reshape(tensor, tf.concat([[count, shape[0] // count], shape[1:]], 0))
    static = tensor.shape[0]
    return tf.ensure_shape(cut, [count, static and static // count, *tensor.shape[1:]])


def channels_first(tensor: tf.Tensor) -> tf.Tensor:
    """Transpose `[N, H, W, C]` to `[N, C, H, W]`; tensors of other ranks stay as they are."""
    return tf.transpose(tensor, (0, 3, 1, 2)) if tensor.shape.rank == 4 else tensor
