"""Training: strategies, engines and further losses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from hyperpose_core.cluster import Cluster
from hyperpose_core.contracts.data import Dataset
from hyperpose_core.contracts.models import Model
from hyperpose_core.contracts.shapes import Tensors
from hyperpose_core.samples import Sample
from hyperpose_core.skeletons import Skeleton

if TYPE_CHECKING:
    import tensorflow as tf

    from hyperpose_core.config import Config, TrainConfig


class Strategy(Protocol):
    """How the workers of one training work together; the loop does not know which one runs.

    Every worker calls every method, in the same order. With one worker they do nothing.
    """

    rank: int
    size: int
    replicas_differ: bool
    """Whether the workers' weights differ between steps, by design."""

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


class StrategyFactory(Protocol):
    """Starts a strategy. Runs before anything imports TensorLayer, which fixes TensorFlow's
    runtime for good.
    """

    def __call__(self, config: TrainConfig) -> Strategy: ...


class CollectiveEngine(Protocol):
    """What moves numbers between workers. Every worker calls the same methods in the same order.

    `mean` and `pair_mean` are for use inside a traced function, the others outside.
    """

    name: str
    rank: int
    size: int

    def mean(self, vector: tf.Tensor) -> tf.Tensor:
        """Return the mean of the workers' float32 vectors, the same bits on all."""
        ...

    def pair_mean(self, vector: tf.Tensor, partner: tf.Tensor) -> tf.Tensor:
        """Return the mean of the float32 vectors of this worker and of a partner.

        Args:
            partner: int32 scalar, a rank; the partner gives this one's. A worker's own rank: it
                sits out, and gets its own vector back.
        """
        ...

    def broadcast(self, vector: tf.Tensor) -> tf.Tensor:
        """Return worker 0's int32 vector; the others give one of the same length."""
        ...

    def gather(self, vector: tf.Tensor) -> tf.Tensor:
        """Return the workers' int32 vectors of one length L, by rank: `[size, L]`."""
        ...


class EngineFactory(Protocol):
    """Starts an engine; PluginError where what it needs is not installed: its sentence is shown,
    and TensorFlow's collectives are used instead.
    """

    def __call__(self, cluster: Cluster) -> CollectiveEngine: ...


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


class TrainPipeline(Protocol):
    """What `get_train(config)` returns."""

    def __call__(self, model: Model, dataset: Dataset) -> Any: ...
