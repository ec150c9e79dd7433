"""Training: strategies, further losses, optimizers and schedules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from numpy.typing import NDArray

from hyperpose_core.contracts.data import Dataset
from hyperpose_core.contracts.models import Model
from hyperpose_core.contracts.shapes import Tensors
from hyperpose_core.data.samples import Sample
from hyperpose_core.skeletons import Skeleton

if TYPE_CHECKING:
    import tensorflow as tf

    from hyperpose_core.config import Config, TrainConfig
    from hyperpose_core.registry import Registry


Stacks = dict[str, NDArray[Any]]
"""Name of a variable to the values of all workers, `[size, ...]`."""


class Strategy(Protocol):
    """How the workers of one training work together; the loop does not know which one runs.

    Every worker calls every method, in the same order. With one worker they do nothing. It may also
    have `summary`, a text that a training begins with, and `naming_lost(advice)`, a context that
    turns the failure of another worker into a sentence.
    """

    rank: int
    size: int
    replicas_differ: bool
    """Whether the workers' weights differ between steps, by design; then it is a `Replicas`."""

    def broadcast(self, variables: Sequence[tf.Variable]) -> None:
        """Give every worker the values of worker 0, before the first step."""
        ...

    def average(self, variables: Sequence[tf.Variable]) -> None:
        """Set variables to their mean over the workers: batch-norm statistics, before rank 0 saves
        and before all evaluate; all weights where replicas differ by design.
        """
        ...

    def mean(self, value: tf.Tensor) -> tf.Tensor:
        """Return the mean of a float32 tensor over the workers; for use inside a traced step."""
        ...

    def gather(self, data: bytes) -> list[bytes]:
        """Return what every worker gave, by rank, on every worker; also a barrier."""
        ...

    def apply(
        self,
        variables: Sequence[tf.Variable],
        gradients: Sequence[tf.Tensor],
        update: Callable[[Sequence[tf.Tensor]], None],
        step: tf.Tensor,
    ) -> None:
        """Run inside the traced train step: exchange what the algorithm exchanges, then call
        `update` with the gradients that the optimizer is to apply.

        Args:
            step: number of this step, an int64 scalar, the same on all workers.
        """
        ...


class Replicas(Strategy, Protocol):
    """A strategy whose workers' weights differ between steps (`replicas_differ`)."""

    def merged(self, variables: Mapping[str, tf.Variable]) -> AbstractContextManager[Stacks]:
        """Let variables be, inside, the means of the workers' replicas; afterwards each worker has
        its own again. It yields all replicas, which a checkpoint keeps. No step runs inside.
        """
        ...

    def merge(self, variables: Mapping[str, tf.Variable]) -> None:
        """Set variables to the means of the workers' replicas for good, after the last step."""
        ...

    def spread(self, stacks: Stacks, variables: Mapping[str, tf.Variable]) -> None:
        """Give every worker its replica again, where there is one for each of as many workers.

        Args:
            stacks: on worker 0 those of a checkpoint; the others' do not count.
        """
        ...


class StrategyFactory(Protocol):
    """Starts a strategy. Runs before anything imports TensorLayer, which fixes TensorFlow's
    runtime for good.
    """

    def __call__(self, config: TrainConfig) -> Strategy: ...


class Objective(Protocol):
    """What a training minimises besides the model's own loss, on the features of its backbone.

    `variables` are trained along with the model, and are in its checkpoints but not in the model
    that a run leaves.
    """

    variables: Mapping[str, tf.Variable]

    def samples(self, skeleton: Skeleton) -> Sequence[Sample]:
        """Return images to train on besides the dataset's, in the model's skeleton.

        One that nobody annotated has a `mask` that is 0 everywhere, so that the model's own loss
        counts nothing of it.
        """
        ...

    def losses(self, features: tf.Tensor, targets: Tensors, progress: tf.Tensor) -> Tensors:
        """Return scalars by name, inside the traced train step: `"loss"` is added to the model's,
        the others are reported.

        Args:
            features: what `model.backbone.forward` returned for the batch.
            targets: the batch's; `"label"` `[N]` int32 holds `Sample.label` where an image has one.
            progress: the part of `train.steps` that is done, a float32 scalar from 0 to 1.
        """
        ...


class ObjectiveFactory(Protocol):
    """Makes an objective; `arguments` are those that `train.objectives` gives by name."""

    def __call__(self, model: Model, config: Config, **arguments: Any) -> Objective: ...


class Optimizer(Protocol):
    """Changes variables by their gradients. `training.optimizers.Optimizer` is a base that leaves
    only the update of one variable to be written.
    """

    slots: Mapping[str, tf.Variable]
    """What it remembers, by names that do not change: checkpoints keep it, and resuming wants the
    same names and shapes."""

    def apply(self, gradients: Sequence[tf.Tensor], rate: tf.Tensor, step: tf.Tensor) -> None:
        """Update every variable and slot, inside the traced train step.

        Args:
            gradients: in the order of the variables, clipped.
            rate: the learning rate, a float32 scalar.
            step: number of this step, the first being 0, an int64 scalar.
        """
        ...


class OptimizerFactory(Protocol):
    """Makes an optimizer of the variables that are trained.

    Args of the call, by place, and `arguments`, which `train.optimizer` gives by name:
        variables: name to variable.
        config: among others `weight_decay`, which the optimizer applies, and `options`.
        factors: name to the factor on its learning rate; 1 where there is none.
    """

    def __call__(
        self,
        variables: Mapping[str, tf.Variable],
        config: TrainConfig,
        factors: Mapping[str, float],
        /,
        **arguments: Any,
    ) -> Optimizer: ...


class Schedule(Protocol):
    """A curve of the learning rate, a function of its arguments alone.

    Args of the call, by place, and `arguments`, which `train.schedule` gives by name:
        step: the first being 0; never less than `warmup`: the way up to there is the program's.
        steps: `train.steps`; `step` may be more.
        warmup: how many steps the warm-up has.

    Returns:
        the factor on `train.learning_rate`: finite, 0 or more.
    """

    def __call__(self, step: int, steps: int, warmup: int, /, **arguments: Any) -> float: ...


class TrainPipeline(Protocol):
    """What `get_train(config)` returns. It may have `dry_run(model, dataset, resume=False)`, which
    keeps nothing and returns what the whole will take, with `lines()` and `to_dict()`.

    Args of the call:
        resume: True goes on from the run's newest checkpoint, False refuses a run that has one,
            None goes on where there is one.

    Returns:
        what came of it: the run as `run`, and `to_dict()`, plain data for JSON.
    """

    def __call__(self, model: Model, dataset: Dataset, resume: bool | None = None) -> Any: ...


class TrainerFactory(Protocol):
    """Makes the training of a configuration; nothing is done before that is called.

    It may also have `of_origin(config, registry)`: `"group.key"` to value, what a model has from
    the one with which it begins (`model.weights`), unless it is set.

    Args of the call:
        say: gets each line of what is said at the end; None: standard output, unless `log.quiet`.
    """

    def __call__(
        self,
        config: Config,
        registry: Registry | None = None,
        say: Callable[[str], object] | None = None,
    ) -> TrainPipeline: ...
