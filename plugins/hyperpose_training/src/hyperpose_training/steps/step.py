"""The traced train step: gradients, exchange between workers, update; and all that it changes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from hyperpose_core.build.weights import named_weights
from hyperpose_core.config import Config
from hyperpose_core.contracts import Model, Preprocessor, Strategy, Tensors
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.support.promises import as_raised
from hyperpose_training.optimizing.optimizers import make_optimizer
from hyperpose_training.steps.autograph import as_written, converted
from hyperpose_training.steps.ema import MovingAverage, swap
from hyperpose_training.steps.exchange import means
from hyperpose_training.steps.gradients import Gradients
from hyperpose_training.steps.loss_scale import LossScale
from hyperpose_training.steps.objectives import Objectives
from hyperpose_training.steps.variable_groups import VariableGroups

NORM = "gradient_norm"


class TrainStep:
    """Everything that one step changes, and the step itself.

    Args:
        model: its trainable weights are trained, but for `train.freeze`.
        preprocessor: names the losses.
        strategy: exchanges weights or gradients between workers.
        objectives: what is minimised besides the model's own loss; their variables are trained too.
        registry: has the optimizer; None: the default one.

    Raises:
        UnknownComponentError, PluginError: no usable plugin offers the optimizer.
        ConfigError: a pattern of `train.freeze` or `train.learning_rate_factors` matches nothing.
    """

    def __init__(
        self,
        model: Model,
        preprocessor: Preprocessor,
        strategy: Strategy,
        config: Config,
        objectives: Objectives | None = None,
        registry: Registry | None = None,
    ) -> None:
        train = config.train
        if train.deterministic:
            tf.config.experimental.enable_op_determinism()
        self.config, self.strategy = config, strategy
        self.weights = named_weights(model)
        self.objectives = objectives or Objectives({})
        self.groups = self.objectives.trained_with(VariableGroups.of(model, self.weights, train))
        registry = registry or get_registry()
        self.optimizer = make_optimizer(self.groups.trained, train, self.groups.factors, registry)
        naming = registry.naming(train.optimizer.kind, train.optimizer.name)
        self._apply = as_written(naming(self.optimizer.apply))
        self.average = MovingAverage(self.weights, train.ema_decay) if train.ema_decay else None
        self.scale = LossScale() if train.precision == "float16" else None
        names = list(self.weights)
        self.gradients = Gradients(
            model, preprocessor, self.groups, config, names, self.scale, self.objectives
        )
        self._norm = tf.Variable(0.0, trainable=False)
        self._traced = tf.function(self._step, autograph=False, jit_compile=False)

    @property
    def variables(self) -> dict[str, tf.Variable]:
        """All that steps change, by the names that a checkpoint has: `weights/...`,
        `optimizer/...`, `ema/...`, `scale/...`, `objective/...`.
        """
        kinds = {
            "weights": self.weights,
            "optimizer": self.optimizer.slots,
            "ema": self.average.averages if self.average else {},
            "scale": self.scale.variables if self.scale else {},
            "objective": self.objectives.variables,
        }
        return {f"{kind}/{n}": v for kind, group in kinds.items() for n, v in group.items()}

    @property
    def local_variables(self) -> list[tf.Variable]:
        """What differs between the workers: batch-norm statistics, or all weights where replicas
        differ, and their moving averages.
        """
        averages = self.average.averages if self.average else {}
        differ = self.weights if self.strategy.replicas_differ else self.groups.statistics
        own = [name for name in differ if name not in self.groups.frozen]
        return [group[name] for group in (self.weights, averages) if group for name in own]

    def model_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what is evaluated and saved as the model: the moving averages where there are
        any, else the weights.
        """
        shown = self.average.averages if self.average else self.weights
        return {name: variable.numpy() for name, variable in shown.items()}

    @contextlib.contextmanager
    def evaluated_weights(self) -> Iterator[None]:
        """Let the model have, inside, the weights that are evaluated: the moving averages where
        there are any. No step may run inside.
        """
        if self.average is None:
            yield
            return
        own = swap(self.weights, self.average.averages)
        try:
            yield
        finally:
            swap(self.weights, own)

    def finish(self) -> None:
        """Leave the model with the weights that are evaluated; no step may follow."""
        if self.average is not None:
            swap(self.weights, self.average.averages)

    def __call__(self, images: tf.Tensor, targets: Tensors, rate: float, step: int) -> Tensors:
        """Run one step on a batch.

        Where the loss or a gradient of any worker is not finite, the step changes nothing but what
        the strategy exchanges. With float16 an overflow of the scaled gradients is no such case: it
        only halves the scale, and leaves the step out.

        Args:
            images: `[train.images_per_step, H, W, 3]` float32.

        Returns:
            float32 scalars, the same on all workers: the losses by name; `gradient_norm` of what is
            applied, before clipping, 0 where gradients overflowed, and where replicas differ the
            mean of theirs; `finite`, 1 or 0; with float16 `loss_scale`.
        """
        # TensorFlow keeps the tensor of every Python number for good, and none of a NumPy one.
        numbers = tf.constant(np.float32(rate)), tf.constant(np.int64(step))
        with as_raised():
            return self._traced(images, targets, *numbers)

    def _step(
        self, images: tf.Tensor, targets: Tensors, rate: tf.Tensor, step: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        statistics = list(self.groups.statistics.values())
        before = [variable.value() for variable in statistics]
        losses, gradients = self.gradients(images, targets, step)
        norm = tf.linalg.global_norm(gradients)
        # A variance may overflow although what is normalised by it is finite.
        numbers = [tf.stack(list(losses.values())), *map(_flat, statistics)]
        all_losses = _finite(tf.concat(numbers, 0))
        losses = {**losses, NORM: norm}
        (good_losses, good_gradients), losses = self._share([all_losses, _finite(norm)], losses)
        good = good_losses & good_gradients

        @as_written
        def update(exchanged: Sequence[tf.Tensor]) -> None:
            # In a variable: a strategy may call this inside a condition of the graph.
            self._norm.assign(norm if self.strategy.size == 1 else tf.linalg.global_norm(exchanged))
            clipped = self._clip(exchanged, self._norm)
            _only_if(good, lambda: self._apply(clipped, rate, step))

        exchange = converted(self.strategy.apply)
        exchange(list(self.groups.trained.values()), gradients, update, step)
        if not self.strategy.replicas_differ:
            losses[NORM] = self._norm.read_value()
        self._keep_statistics(good, statistics, before)
        if self.average:
            self.average.update(step, good)
        return {**losses, **self._report(losses[NORM], good_losses, good_gradients)}

    def _clip(self, exchanged: Sequence[tf.Tensor], norm: tf.Tensor) -> Sequence[tf.Tensor]:
        """Clip what the workers agreed upon, so that two clip as one with twice the batch does."""
        largest = self.config.train.clip_norm
        return tf.clip_by_global_norm(exchanged, largest, norm)[0] if largest else exchanged

    def _keep_statistics(
        self, good: tf.Tensor, statistics: list[tf.Variable], before: list[tf.Tensor]
    ) -> None:
        """Give frozen statistics, and after a bad batch all, what they had before the batch."""
        frozen = {id(variable) for variable in self.groups.frozen.values()}
        for variable, value in zip(statistics, before, strict=True):
            keeps = id(variable) in frozen
            variable.assign(value if keeps else tf.where(good, variable, value))

    def _report(
        self, norm: tf.Tensor, good_losses: tf.Tensor, good_gradients: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        if not self.scale:
            return {NORM: norm, "finite": _number(good_losses & good_gradients)}
        scale = tf.identity(self.scale.scale)
        overflow = good_losses & ~good_gradients & (scale > 1)
        self.scale.update(good_gradients | ~good_losses)
        return {
            NORM: tf.where(overflow, 0.0, norm),
            "finite": _number(overflow | (good_losses & good_gradients)),
            "loss_scale": scale,
        }

    def _share(
        self, conditions: Sequence[tf.Tensor], losses: Mapping[str, tf.Tensor]
    ) -> tuple[list[tf.Tensor], dict[str, tf.Tensor]]:
        """Say of each condition whether it holds on all workers; return the means of the losses.

        The statistics of batch normalisation become their means over the workers, so that after
        every step all workers have the same. All of it is one exchange.
        """
        numbers, own = [_number(condition) for condition in conditions], list(losses.values())
        shared = means(self.strategy, [*numbers, *own, *self.groups.statistics.values()])
        shares, rest = shared[: len(numbers)], shared[len(numbers) :]
        if self.strategy.size > 1:
            values = rest[len(own) :]
            for variable, value in zip(self.groups.statistics.values(), values, strict=True):
                variable.assign(value)
        everywhere = [share > 1 - 0.5 / self.strategy.size for share in shares]
        return everywhere, dict(zip(losses, rest, strict=False))


def _finite(value: tf.Tensor) -> tf.Tensor:
    return tf.reduce_all(tf.math.is_finite(value))


def _flat(values: tf.Variable) -> tf.Tensor:
    """Return values in one dimension, with no operation for those that have one already."""
    return values if values.shape.rank == 1 else tf.reshape(values, [-1])


def _number(condition: tf.Tensor) -> tf.Tensor:
    return tf.cast(condition, tf.float32)


def _only_if(condition: tf.Tensor, change: Callable[[], object]) -> None:
    """Run a function that changes variables where a condition holds."""

    def changed() -> tf.Tensor:
        change()
        return tf.constant(True)

    tf.cond(condition, changed, lambda: tf.constant(False))
