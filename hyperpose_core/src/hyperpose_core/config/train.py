"""The settings of `train`: how the network learns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from hyperpose_core.config.calls import ObjectiveCall, OptimizerCall, ScheduleCall
from hyperpose_core.config.group import Group
from hyperpose_core.config.rules import (
    Below1,
    From0,
    From1,
    Inside,
    NotEmpty,
    NotNegative,
    Positive,
    Precision,
    Rule,
    Seed,
)

KungfuOption = Literal["Sync_sgd", "Sync_avg", "Pair_avg"]
_FACTORS = Rule(lambda factors: all(f >= 0 for f in factors.values()), "factors of 0 or more")


@dataclass
class TrainConfig(Group):
    """How the network learns."""

    trainer: NotEmpty = "standard"
    """What trains, step by step: `standard` (hyperpose-training), or another plugin's."""
    type: NotEmpty = "Single_train"
    """The train strategy."""
    kungfu_option: KungfuOption = "Sync_sgd"
    """How workers of a parallel training exchange: `Sync_sgd`, `Sync_avg` or `Pair_avg`."""
    engine: NotEmpty = "auto"
    """By what they exchange: `tensorflow`, `kungfu` (hyperpose-kungfu and KungFu itself are
    needed), or another plugin's; `auto`: KungFu where it started the workers, else TensorFlow."""
    scale_learning_rate: Literal["none", "linear"] = "none"
    """`none` or `linear`: the learning rate is multiplied by the number of workers."""
    steps: From0 = 1000
    """Total number of steps, also when resuming."""
    batch_size: From1 = 8
    """Images a step and worker."""
    optimizer: OptimizerCall = OptimizerCall("AdamW")
    """How gradients change weights: `AdamW`, `Adam`, `SGD`, `RMSprop`, or another plugin's."""
    learning_rate: NotNegative = 1e-3
    """At the first step after the warm-up."""
    schedule: ScheduleCall = ScheduleCall("cosine")
    """The curve of the learning rate: `constant`, `step`, `cosine`, `polynomial`, `one_cycle`, or
    another plugin's."""
    warmup_steps: From0 | None = None
    """Steps over which the learning rate grows linearly from 0; None: 100, or a tenth of `steps`
    where that is less."""
    decay_every: From1 = 136120
    """Schedule `step`: steps between two decays, where the schedule has no `every`."""
    decay_factor: Positive = 0.666
    """Schedule `step`: factor of each decay, where the schedule has no `factor`."""
    power: Positive = 1.0
    """Schedule `polynomial`: the exponent; 1 is a straight line down to 0."""
    rise: Inside = 0.3
    """Schedule `one_cycle`: the part of the steps in which the learning rate rises."""
    momentum: Below1 = 0.9
    """Of `SGD`."""
    nesterov: bool = False
    """`SGD` looks ahead along its momentum."""
    weight_decay: NotNegative = 1e-4
    """Decay of the weights that have more than one dimension, so not of biases and norms. `AdamW`
    shrinks them by this times the learning rate; the others add this times the weight to its
    gradient."""
    clip_norm: NotNegative = 10.0
    """Gradients whose global norm is larger are scaled down to it; 0 switches it off."""
    norm: Literal["batch", "frozen"] = "batch"
    """`batch` or `frozen`: whether batch normalisation uses the batch while the model learns, or
    its moving statistics, which then stay as they are."""
    ema_decay: Below1 = 0.0
    """How much of the weights' moving average a step keeps, such as 0.999: the average is what is
    evaluated and saved as the model; 0 switches it off."""
    precision: Precision = "float32"
    """`float32`, `bfloat16` or `float16`: in which convolutions and matrix products are computed.
    Weights stay float32; `float16` scales the loss."""
    accumulate: From1 = 1
    """Batches whose mean gradient makes one step: `accumulate * batch_size` images a step and
    worker, in the memory of `batch_size`."""
    freeze: list[str] = field(default_factory=list)
    """Patterns of names of weights, such as `backbone*`, that stay as they are, statistics of batch
    normalisation included."""
    learning_rate_factors: Annotated[dict[str, float], _FACTORS] = field(default_factory=dict)
    """Pattern of names of weights to a factor on their learning rate; the last that matches
    counts."""
    objectives: list[ObjectiveCall] = field(default_factory=list)
    """What is minimised besides the model's own loss: names of installed objectives, with
    arguments where they take some."""
    deterministic: bool = False
    """Use only those of TensorFlow's ops that give the same bits each time, also on GPUs; slower.
    On CPUs a run with the same number of threads is bit-equal without it."""
    seed: Seed = 0
    """Of the initial weights, the order of the data and the augmentation."""
    save_interval: From1 = 500
    """Steps between two checkpoints."""
    vis_interval: From1 = 500
    """Steps between two pictures of targets and predictions."""
    keep_checkpoints: From1 = 2
    """How many checkpoints a run keeps, the newest; the best model is kept besides."""
    eval_interval: From0 = 0
    """Steps between two evaluations while training, each with a checkpoint, and one after the last
    step; 0 switches them off."""
    eval_images: From1 | None = None
    """How many images of the evaluation split these look at, the first; None: all."""
    best_metric: str | None = None
    """The number by which the best model is kept: one of the dataset's, larger being better; an
    installed metric, as in `eval.metrics`; or `loss`, of the same images. None: the dataset's first
    number."""
    patience: From0 = 0
    """Stop after so many evaluations in a row without a better one; 0 switches it off."""
    skip_bad_batches: From0 = 0
    """How many batches may be left out whose loss or gradient is not finite, or that hold an
    annotation that is not, before that is an error."""
    options: dict[str, Any] = field(default_factory=dict)
    """For the plugins of strategies, objectives and optimizers."""

    @property
    def images_per_step(self) -> int:
        """Images of one step of one worker."""
        return self.batch_size * self.accumulate
