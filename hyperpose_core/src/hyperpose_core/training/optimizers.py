"""Optimizers on TensorFlow's fused kernels: one op a variable.

Keras optimizers build tens of ops a variable, which for these networks is most of the time to the
first step. Weight decay leaves out what has one dimension: biases and normalisation. `AdamW`
decouples it (Loshchilov and Hutter, arXiv 1711.05101): the weight shrinks by `rate * weight_decay`
of itself, whatever its gradient. In the others it is an L2 penalty: `weight_decay` times the weight
is added to the gradient, after clipping, and goes through their moments.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import tensorflow as tf

from hyperpose_core.config import TrainConfig
from hyperpose_core.errors import ConfigError

BETA1, BETA2, RHO, EPSILON = 0.9, 0.999, 0.9, 1e-7


class Optimizer(ABC):
    """Base: named slots, and the update of a list of variables.

    Args:
        variables: name to variable, those that are trained.
        factors: name to the factor on its learning rate; 1 where there is none.
    """

    slot_names: tuple[str, ...] = ()
    decoupled = False

    def __init__(
        self,
        variables: Mapping[str, tf.Variable],
        config: TrainConfig,
        factors: Mapping[str, float] | None = None,
    ) -> None:
        self.config = config
        self.variables = list(variables.values())
        self.factors = [(factors or {}).get(name, 1.0) for name in variables]
        self.slots = {
            f"{slot}/{name}": tf.Variable(tf.zeros_like(variable), trainable=False)
            for slot in self.slot_names
            for name, variable in variables.items()
        }

    @tf.autograph.experimental.do_not_convert
    def apply(self, gradients: Sequence[tf.Tensor], rate: tf.Tensor, step: tf.Tensor) -> None:
        """Update every variable; for use inside a traced function.

        Args:
            gradients: in the order of the variables.
            rate: the learning rate, a float32 scalar.
            step: number of this step, the first being 0, an int64 scalar.
        """
        count = len(self.variables)
        slots = list(self.slots.values())
        for i, (variable, gradient) in enumerate(zip(self.variables, gradients, strict=True)):
            own_rate = rate if self.factors[i] == 1.0 else rate * self.factors[i]
            gradient = self._decay(variable, gradient, own_rate)
            own = [slot.handle for slot in slots[i::count]]
            self._update(variable.handle, own, gradient, own_rate, tf.cast(step + 1, tf.float32))

    def _decay(self, variable: tf.Variable, gradient: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
        """Decay a variable or return its gradient with the penalty's."""
        if not self.config.weight_decay or variable.shape.rank <= 1:
            return gradient
        if not self.decoupled:
            return gradient + self.config.weight_decay * variable
        variable.assign_sub(rate * self.config.weight_decay * variable)
        return gradient

    @abstractmethod
    def _update(
        self,
        variable: tf.Tensor,
        slots: Sequence[tf.Tensor],
        gradient: tf.Tensor,
        rate: tf.Tensor,
        count: tf.Tensor,
    ) -> None: ...


class Adam(Optimizer):
    """Kingma and Ba, arXiv 1412.6980."""

    slot_names = ("m", "v")

    def _update(
        self,
        variable: tf.Tensor,
        slots: Sequence[tf.Tensor],
        gradient: tf.Tensor,
        rate: tf.Tensor,
        count: tf.Tensor,
    ) -> None:
        tf.raw_ops.ResourceApplyAdam(
            var=variable,
            m=slots[0],
            v=slots[1],
            beta1_power=tf.pow(BETA1, count),
            beta2_power=tf.pow(BETA2, count),
            lr=rate,
            beta1=BETA1,
            beta2=BETA2,
            epsilon=EPSILON,
            grad=gradient,
        )


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101)."""

    decoupled = True


class SGD(Optimizer):
    """Gradient descent with momentum, Nesterov's where `train.nesterov` asks for it."""

    slot_names = ("momentum",)

    def _update(
        self,
        variable: tf.Tensor,
        slots: Sequence[tf.Tensor],
        gradient: tf.Tensor,
        rate: tf.Tensor,
        count: tf.Tensor,
    ) -> None:
        tf.raw_ops.ResourceApplyMomentum(
            var=variable,
            accum=slots[0],
            lr=rate,
            grad=gradient,
            momentum=self.config.momentum,
            use_nesterov=self.config.nesterov,
        )


class RMSprop(Optimizer):
    """Tieleman and Hinton, Coursera lecture 6.5, 2012; without momentum."""

    slot_names = ("mean_square", "momentum")

    def _update(
        self,
        variable: tf.Tensor,
        slots: Sequence[tf.Tensor],
        gradient: tf.Tensor,
        rate: tf.Tensor,
        count: tf.Tensor,
    ) -> None:
        tf.raw_ops.ResourceApplyRMSProp(
            var=variable,
            ms=slots[0],
            mom=slots[1],
            lr=rate,
            rho=RHO,
            momentum=0.0,
            epsilon=EPSILON,
            grad=gradient,
        )


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "AdamW": AdamW,
    "Adam": Adam,
    "SGD": SGD,
    "RMSprop": RMSprop,
}


def make_optimizer(
    variables: Mapping[str, tf.Variable],
    config: TrainConfig,
    factors: Mapping[str, float] | None = None,
) -> Optimizer:
    """Return the configured optimizer; ConfigError for a name that is none of `OPTIMIZERS`."""
    if config.optimizer not in OPTIMIZERS:
        raise ConfigError(f"unknown optimizer {config.optimizer!r}; choose {', '.join(OPTIMIZERS)}")
    return OPTIMIZERS[config.optimizer](variables, config, factors)
