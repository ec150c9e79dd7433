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
from typing import Any

import tensorflow as tf

from hyperpose_core import contracts
from hyperpose_core.config import TrainConfig
from hyperpose_core.errors import ConfigError
from hyperpose_core.registry import Registry, get_registry
from hyperpose_training.optimizing.chosen import bind


class Optimizer(ABC):
    """Base: named slots, and the update of each variable.

    One that takes arguments has `def __init__(self, *given, beta=0.9)`, and calls this one's with
    `*given`.

    Args:
        variables: name to variable, those that are trained.
        factors: name to the factor on its learning rate; 1 where there is none.
    """

    slot_names: tuple[str, ...] = ()
    """What is remembered of every variable, each in a slot of its shape that begins with zeros."""
    decoupled = False
    """Whether weights decay directly, or through their gradients."""

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
        slots, of_step = list(self.slots.values()), self.of_step(tf.cast(step + 1, tf.float32))
        rates = {f: rate if f == 1.0 else rate * f for f in self.factors}
        penalty = tf.constant(self.config.weight_decay, tf.float32)
        decays = {f: r * penalty if self.decoupled else penalty for f, r in rates.items()}
        for i, (variable, gradient) in enumerate(zip(self.variables, gradients, strict=True)):
            own_rate = rates[self.factors[i]]
            gradient = self._decay(variable, gradient, decays[self.factors[i]])
            self.update(variable, slots[i::count], gradient, own_rate, of_step)

    def _decay(self, variable: tf.Variable, gradient: tf.Tensor, decay: tf.Tensor) -> tf.Tensor:
        """Decay a variable or return its gradient with the penalty's."""
        if not self.config.weight_decay or variable.shape.rank <= 1:
            return gradient
        if not self.decoupled:
            return gradient + decay * variable
        variable.assign_sub(decay * variable)
        return gradient

    def of_step(self, number: tf.Tensor) -> Any:
        """Return what `update` is given of a step: what all variables share is traced once.

        Args:
            number: of the step, the first being 1, a float32 scalar, which is returned.
        """
        return number

    @abstractmethod
    def update(
        self,
        variable: tf.Variable,
        slots: Sequence[tf.Variable],
        gradient: tf.Tensor,
        rate: tf.Tensor,
        of_step: Any,
    ) -> None:
        """Change one variable and its slots, in TensorFlow ops that are traced once.

        Args:
            slots: in the order of `slot_names`.
            rate: its learning rate, a float32 scalar.
            of_step: what `of_step` returns.
        """


class Adam(Optimizer):
    """Kingma and Ba, arXiv 1412.6980."""

    slot_names = ("m", "v")

    def __init__(
        self, *given: Any, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-7
    ) -> None:
        super().__init__(*given)
        self.beta1, self.beta2 = _decay("beta1", beta1), _decay("beta2", beta2)
        self.epsilon = _small("epsilon", epsilon)

    def of_step(self, number: tf.Tensor) -> dict[str, tf.Tensor]:
        """Return the decays, their powers, and epsilon, as the kernel names them."""
        beta1, beta2 = tf.constant(self.beta1, tf.float32), tf.constant(self.beta2, tf.float32)
        powers = {"beta1_power": tf.pow(beta1, number), "beta2_power": tf.pow(beta2, number)}
        return {
            **{"beta1": beta1, "beta2": beta2, "epsilon": tf.constant(self.epsilon, tf.float32)},
            **powers,
        }

    def update(
        self,
        variable: tf.Variable,
        slots: Sequence[tf.Variable],
        gradient: tf.Tensor,
        rate: tf.Tensor,
        of_step: Mapping[str, tf.Tensor],
    ) -> None:
        """Move by the corrected moments."""
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=slots[0].handle,
            v=slots[1].handle,
            lr=rate,
            grad=gradient,
            **of_step,
        )


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101)."""

    decoupled = True


class SGD(Optimizer):
    """Gradient descent with momentum, Nesterov's where it is asked for."""

    slot_names = ("momentum",)

    def __init__(self, *given: Any, momentum: float = 0.9, nesterov: bool = False) -> None:
        super().__init__(*given)
        self.momentum, self.nesterov = momentum, nesterov

    def update(
        self,
        variable: tf.Variable,
        slots: Sequence[tf.Variable],
        gradient: tf.Tensor,
        rate: tf.Tensor,
        of_step: tf.Tensor,
    ) -> None:
        """Move by the momentum."""
        tf.raw_ops.ResourceApplyMomentum(
            var=variable.handle,
            accum=slots[0].handle,
            lr=rate,
            grad=gradient,
            momentum=self.momentum,
            use_nesterov=self.nesterov,
        )


class RMSprop(Optimizer):
    """Tieleman and Hinton, Coursera lecture 6.5, 2012; without momentum."""

    slot_names = ("mean_square", "momentum")

    def __init__(self, *given: Any, rho: float = 0.9, epsilon: float = 1e-7) -> None:
        super().__init__(*given)
        self.rho, self.epsilon = _decay("rho", rho), _small("epsilon", epsilon)

    def update(
        self,
        variable: tf.Variable,
        slots: Sequence[tf.Variable],
        gradient: tf.Tensor,
        rate: tf.Tensor,
        of_step: tf.Tensor,
    ) -> None:
        """Move by the gradient over its root mean square."""
        tf.raw_ops.ResourceApplyRMSProp(
            var=variable.handle,
            ms=slots[0].handle,
            mom=slots[1].handle,
            lr=rate,
            rho=self.rho,
            momentum=0.0,
            epsilon=self.epsilon,
            grad=gradient,
        )


def make_optimizer(
    variables: Mapping[str, tf.Variable],
    config: TrainConfig,
    factors: Mapping[str, float] | None = None,
    registry: Registry | None = None,
) -> contracts.Optimizer:
    """Return the configured optimizer.

    Args:
        registry: has it; None: the default one.

    Raises:
        UnknownComponentError: no plugin offers it.
        ConfigError: it does not take the arguments that it is given.
        PluginError: it fails, or what it makes is no optimizer.
    """
    registry, call = registry or get_registry(), config.optimizer
    made = bind(registry, call, config, given=3)(variables, config, factors or {})
    with registry.naming(call.kind, call.name):
        _check(made)
    return made


def _check(made: Any) -> None:
    """Raise TypeError where what a plugin made is no `contracts.Optimizer`."""
    slots = getattr(made, "slots", None)
    if not callable(getattr(made, "apply", None)) or not isinstance(slots, Mapping):
        raise TypeError(f"it made {made!r:.60}, which lacks `apply` or a table `slots`")
    for name, slot in slots.items():
        if not isinstance(name, str) or not isinstance(slot, tf.Variable):
            raise TypeError(f"its slot {name!r:.60} must be a tf.Variable; got {slot!r:.60}")


def _decay(name: str, value: float) -> float:
    if not 0 <= value < 1:
        raise ConfigError(f"{name} of an optimizer must be from 0 to less than 1; got {value:g}")
    return value


def _small(name: str, value: float) -> float:
    if not value > 0:
        raise ConfigError(f"{name} of an optimizer must be more than 0; got {value:g}")
    return value
