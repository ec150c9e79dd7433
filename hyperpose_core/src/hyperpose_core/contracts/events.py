"""Events: what a training tells plugins, one frozen dataclass for each life-cycle hook.

Fields are only ever added. Folders and files are absolute or relative as the configuration gives
them; steps count from 1, the step that an event of step 1 tells of being the first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.contracts.models import Model
from hyperpose_core.contracts.shapes import Batch, Tensors

if TYPE_CHECKING:
    import tensorflow as tf

EndReason = Literal["finished", "stopped early", "interrupted", "failed"]
Picture = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Event:
    """Common to all events.

    Args:
        run: the run's folder, `save_dir/<model_name>`.
        step: how many steps are done, earlier parts of a resumed training included.
    """

    hook: ClassVar[str]
    """The name of the hook, without `hyperpose_on_train_`."""

    run: Path
    step: int


@dataclass(frozen=True, kw_only=True)
class StartEvent(Event):
    """`hyperpose_on_train_start`: everything is built, the first step comes next.

    Args:
        steps: at which step the training ends.
        images: how many images it trains on.
        workers: how many workers train.
        settings: the whole configuration by group and key, as in the run's `config.json`.
        unscored: a resumed training scores the model of `step` first: its evaluation failed, or was
            told of and not saved.
        model: what is trained.
        forward: the model as inference runs it, from images `[N, H, W, 3]` float32 to its maps: a
            `tf.function`, traced when it is first called.
    """

    hook = "start"

    steps: int
    images: int
    workers: int = 1
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unscored: bool = False
    model: Model = field(repr=False, compare=False)
    forward: Callable[[tf.Tensor], tuple[tf.Tensor, ...]] = field(repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class StepEvent(Event):
    """`hyperpose_on_train_step`: a step is done.

    Args:
        losses: of this step's batch by name; `loss` is the one that is minimised. With them
            `gradient_norm`, before clipping.
        learning_rate: of this step.
        waiting: seconds that the step waited for its batch.
        working: seconds that it computed.
        batch: what it learnt from.
        pictured: pictures of this step are due: `train.vis_interval`.
        draw: returns a picture of the batch's first image, `[H, W, 3]` uint8 RGB: `"maps"`, targets
            above predictions, or `"skeletons"`, the people found. Each is drawn once for all who
            ask.
    """

    hook = "step"

    losses: Mapping[str, float]
    learning_rate: float
    waiting: float = 0.0
    working: float = 0.0
    batch: Batch = field(repr=False, compare=False)
    pictured: bool = False
    draw: Callable[[str], Picture] = field(repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class LogEvent(Event):
    """`hyperpose_on_train_log`: a line of the log is due, every `log.interval` steps.

    Args:
        values: what a line `train` of `metrics.jsonl` has: means over the steps since the last.
    """

    hook = "log"

    values: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class CheckpointEvent(Event):
    """`hyperpose_on_train_checkpoint`: the training can be resumed from here.

    Args:
        path: the checkpoint, with everything that resuming needs.
        weights: the model's weights alone, `newest_model.npz`.
    """

    hook = "checkpoint"

    path: Path
    weights: Path


@dataclass(frozen=True, kw_only=True)
class EvaluateEvent(Event):
    """`hyperpose_on_train_evaluate`: the model was scored on images that it does not learn from.

    Args:
        metrics: the dataset's official metric.
        losses: by name, means over the images.
        images: how many.
        metric: the name of the number that decides which model is the best.
        score: that number; None where it is not finite.
        best: whether it is the best so far; the weights are then in `weights`.
        weights: `best_model.npz`; None where `best` is False.
        seconds: how long the evaluation took.
    """

    hook = "evaluate"

    metrics: Mapping[str, float]
    losses: Mapping[str, float]
    images: int
    metric: str
    score: float | None
    best: bool = False
    weights: Path | None = None
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class EndEvent(Event):
    """`hyperpose_on_train_end`: nothing more will come of this training.

    Args:
        reason: `finished`; `stopped early`: no evaluation was better for `train.patience` times;
            `interrupted`: the user stopped it, it can be resumed; `failed`: an error ended it.
        message: the error where `reason` is `failed`, otherwise whether the data or the network
            bounded the speed.
        losses: means over the last logged steps.
    """

    hook = "end"

    reason: EndReason
    message: str = ""
    losses: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NotFiniteEvent(Event):
    """`hyperpose_on_train_not_finite`: a batch's loss, gradient or annotation is not finite.

    No weight was changed. Unlike the other hooks, it is called on every worker, with its own batch,
    and it may return an `Explanation`.

    Args:
        step: number of the step that is not finite.
        worker: number of the worker.
        samples: id and path of the batch's images.
        annotations: number of an image in the batch to what of its annotation is not finite.
        losses: of the step by name, means over the workers; empty where the step was not taken,
            because of an annotation.
        learning_rate: of this step.
        recent: the losses of the steps before, the newest last.
        settings: the whole configuration by group and key.
        model: what is trained.
        weights: all of its variables by name.
        trained: those that gradients are of.
        statistics: moving means and variances.
        compute: returns, of images and targets, the losses by name and the gradients in the order
            of `trained`, eagerly; it changes nothing but `statistics`.
    """

    hook = "not_finite"

    worker: int
    batch: Batch = field(repr=False, compare=False)
    samples: Sequence[tuple[int | str, str]]
    annotations: Mapping[int, list[str]]
    losses: Mapping[str, float]
    learning_rate: float
    recent: Sequence[float]
    settings: Mapping[str, Mapping[str, Any]] = field(repr=False)
    model: Model = field(repr=False, compare=False)
    weights: Mapping[str, tf.Variable] = field(repr=False, compare=False)
    trained: Mapping[str, tf.Variable] = field(repr=False, compare=False)
    statistics: Mapping[str, tf.Variable] = field(repr=False, compare=False)
    compute: Callable[[tf.Tensor, Tensors], tuple[Tensors, Sequence[tf.Tensor]]] = field(
        repr=False, compare=False
    )

    @property
    def what(self) -> str:
        """What is not finite, in words."""
        bad = {name for name, value in self.losses.items() if not math.isfinite(value)}
        if not self.losses:
            return "an annotation is not finite"
        return f"the {'gradient' if bad <= {'gradient_norm'} else 'loss'} is not finite"


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What a plugin found out about a batch that is not finite.

    Args:
        text: whole sentences, instead of what the training itself would say.
        guilty: whether this worker's batch is why. Where another one's is, nothing is said of this
            one.
        files: what is kept of the batch, name to content, in the run's `bad_batch-<step>`.
    """

    text: str
    guilty: bool = True
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
