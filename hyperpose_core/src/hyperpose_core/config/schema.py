"""The settings, in typed groups. Every setting has its default and its meaning here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hyperpose_core.config import members
from hyperpose_core.config.calls import (
    AugmentationCall,
    FilterCall,
    MetricCall,
    ObjectiveCall,
    OptimizerCall,
    ScheduleCall,
)
from hyperpose_core.config.group import Group
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton


@dataclass
class ModelConfig(Group):
    """Which network, and how large."""

    name: str = "default_name"
    """The run: everything is kept under `log.save_dir/<name>`."""
    type: str = "MobilenetThinOpenpose"
    """The architecture."""
    backbone: str | None = None
    """The feature extractor; None: the architecture's default."""
    backbone_weights: str | None = None
    """With which weights the feature extractor begins: a run's `.npz`, or what its plugin knows, as
    `imagenet` or a `.pth`; None: random ones."""
    arch: Any = None
    """Your own architecture, from Python only: called with the whole configuration, or a model."""
    skeleton: Skeleton | None = None
    """Your own keypoints and limbs; None: the architecture's for the dataset."""
    input_size: tuple[int, int] | None = None
    """Width and height of the network's input, in pixels; None: 368x368, or for a stride that does
    not divide that the next size (384x384 for Poseproposal)."""
    stages: int | None = None
    """Number of stages after the backbone; None: the paper's."""
    width: float = 1.0
    """Factor on the number of channels."""
    backbone_width: float | None = None
    """The same for the backbone alone; None: as `width`."""
    padding: str = "symmetric"
    """`symmetric` or `same`: how convolutions with a stride pad. Weights that were trained with
    TensorFlow's own padding need `same`: otherwise people are found 7 pixels beside themselves."""
    data_format: str = "channels_last"
    """`channels_last` or `channels_first`: layout of what goes into and out of the model."""
    options: dict[str, Any] = field(default_factory=dict)
    """For the architecture's plugin."""

    @property
    def size(self) -> tuple[int, int]:
        """The input size where it is known, as in a configuration that `build.completed` made."""
        if self.input_size is None:
            raise ConfigError("model.input_size is not known yet: set it, or build the model first")
        return self.input_size


@dataclass
class TrainConfig(Group):
    """How the network learns."""

    type: str = "Single_train"
    """The train strategy."""
    kungfu_option: str = "Sync_sgd"
    """How workers of a parallel training exchange: `Sync_sgd`, `Sync_avg` or `Pair_avg`."""
    engine: str = "auto"
    """By what they exchange: `tensorflow`, `kungfu` (hyperpose-kungfu and KungFu itself are
    needed), or another plugin's; `auto`: KungFu where it started the workers, else TensorFlow."""
    scale_learning_rate: str = "none"
    """`none` or `linear`: the learning rate is multiplied by the number of workers."""
    steps: int = 1000
    """Total number of steps, also when resuming."""
    batch_size: int = 8
    """Images a step and worker."""
    optimizer: OptimizerCall = OptimizerCall("AdamW")
    """How gradients change weights: `AdamW`, `Adam`, `SGD`, `RMSprop`, or another plugin's."""
    learning_rate: float = 1e-3
    """At the first step after the warm-up."""
    schedule: ScheduleCall = ScheduleCall("cosine")
    """The curve of the learning rate: `constant`, `step`, `cosine`, `polynomial`, `one_cycle`, or
    another plugin's."""
    warmup_steps: int | None = None
    """Steps over which the learning rate grows linearly from 0; None: 100, or a tenth of `steps`
    where that is less."""
    decay_every: int = 136120
    """Schedule `step`: steps between two decays, where the schedule has no `every`."""
    decay_factor: float = 0.666
    """Schedule `step`: factor of each decay, where the schedule has no `factor`."""
    power: float = 1.0
    """Schedule `polynomial`: the exponent; 1 is a straight line down to 0."""
    rise: float = 0.3
    """Schedule `one_cycle`: the part of the steps in which the learning rate rises."""
    momentum: float = 0.9
    """Of `SGD`."""
    nesterov: bool = False
    """`SGD` looks ahead along its momentum."""
    weight_decay: float = 1e-4
    """Decay of the weights that have more than one dimension, so not of biases and norms. `AdamW`
    shrinks them by this times the learning rate; the others add this times the weight to its
    gradient."""
    clip_norm: float = 10.0
    """Gradients whose global norm is larger are scaled down to it; 0 switches it off."""
    ema_decay: float = 0.0
    """How much of the weights' moving average a step keeps, such as 0.999: the average is what is
    evaluated and saved as the model; 0 switches it off."""
    precision: str = "float32"
    """`float32`, `bfloat16` or `float16`: in which convolutions and matrix products are computed.
    Weights stay float32; `float16` scales the loss."""
    accumulate: int = 1
    """Batches whose mean gradient makes one step: `accumulate * batch_size` images a step and
    worker, in the memory of `batch_size`."""
    freeze: list[str] = field(default_factory=list)
    """Patterns of names of weights, such as `backbone*`, that stay as they are, statistics of batch
    normalisation included."""
    learning_rate_factors: dict[str, float] = field(default_factory=dict)
    """Pattern of names of weights to a factor on their learning rate; the last that matches
    counts."""
    objectives: list[ObjectiveCall] = field(default_factory=list)
    """What is minimised besides the model's own loss: names of installed objectives, with
    arguments where they take some."""
    deterministic: bool = False
    """Use only those of TensorFlow's ops that give the same bits each time, also on GPUs; slower.
    On CPUs a run with the same number of threads is bit-equal without it."""
    seed: int = 0
    """Of the initial weights, the order of the data and the augmentation."""
    save_interval: int = 500
    """Steps between two checkpoints."""
    vis_interval: int = 500
    """Steps between two pictures of targets and predictions."""
    keep_checkpoints: int = 2
    """How many checkpoints a run keeps, the newest; the best model is kept besides."""
    eval_interval: int = 0
    """Steps between two evaluations while training, each with a checkpoint, and one after the last
    step; 0 switches them off."""
    eval_images: int | None = None
    """How many images of the evaluation split these look at, the first; None: all."""
    best_metric: str | None = None
    """The number by which the best model is kept: one of the dataset's, larger being better; an
    installed metric, as in `eval.metrics`; or `loss`, of the same images. None: the dataset's first
    number."""
    patience: int = 0
    """Stop after so many evaluations in a row without a better one; 0 switches it off."""
    skip_bad_batches: int = 0
    """How many batches may be left out whose loss or gradient is not finite, or that hold an
    annotation that is not, before that is an error."""
    options: dict[str, Any] = field(default_factory=dict)
    """For the plugins of strategies, objectives and optimizers."""

    @property
    def images_per_step(self) -> int:
        """Images of one step of one worker."""
        return self.batch_size * self.accumulate


@dataclass
class EvalConfig(Group):
    """How a network is scored."""

    fit: str = "box"
    """`box` shows the network the whole image inside the input; `height` gives the image the
    input's height and lets the width follow."""
    scales: list[float] = field(default_factory=lambda: [1.0])
    """Sizes at which every image is seen, as factors of the input size; maps are averaged."""
    flip: bool = False
    """Also see every image mirrored."""
    precision: str = "float32"
    """`float32`, `bfloat16` or `float16`: in which convolutions and matrix products are computed,
    here and in inference."""
    limit: int | None = None
    """Only the first so many images; the report says so."""
    vis_num: int = 20
    """Pictures to draw."""
    weights: str = "newest"
    """`newest` or `best`: which model of the run is scored."""
    metrics: list[MetricCall] = field(default_factory=list)
    """Installed metrics beside the dataset's official ones, with arguments where they take some;
    also while training."""


@dataclass
class TestConfig(Group):
    """How a network is run on images without annotations."""

    min_score: float = 0.0
    """People with a lower score are left out."""
    weights: str = "newest"
    """`newest` or `best`: which model of the run is used."""


@dataclass
class DataConfig(Group):
    """Which images, and how they are varied."""

    type: str = "Synthetic"
    """The dataset."""
    path: str | None = None
    """The folder that holds it; None: the dataset's own default."""
    version: str | None = None
    """Which version of the dataset; None: its default."""
    train_split: str = "train"
    """The split to train on."""
    eval_split: str = "val"
    """The split to evaluate on."""
    filter: Callable[[Any], bool] | None = None
    """Your own filter, from Python only: gets a sample of the dataset, True keeps it."""
    filters: list[FilterCall] = field(default_factory=list)
    """Named filters, with arguments where they take some; a sample is kept when all keep it."""
    filter_eval: bool = False
    """Filter the evaluation split too; the report says so."""
    userdef_dataset: Any = None
    """Your own dataset, from Python only: a class called with the configuration, or an object."""
    datasets: list[DatasetConfig] = field(default_factory=list)
    """Datasets to train on together, each with its `type`, and as needed `path`, `version`,
    `train_split`, `eval_split`, `filters`, `options` and `weight`; `type` becomes `MULTIPLE`."""
    weight: float | None = None
    """In one of `datasets`: its part of the training images, relative to the others' weights. None
    for all of them: every image counts alike."""
    eval_dataset: str | None = None
    """Which of `datasets` is evaluated on, by its type, or by its place in the list from 1; None:
    the first."""
    added: Any = None
    """More training images, from Python only: what `hyperpose.Config.set_useradd_data` makes."""
    official: bool = True
    """Train on the dataset's own images; false: on the added ones alone."""
    strict: bool = False
    """An image that cannot be read is an error instead of being skipped and counted."""
    augment: bool = True
    """Vary the training images: by `rotation`, `scale`, `shift`, `flip` and `color`, by
    `augmentations` and `augmentation`; false: by nothing."""
    rotation: float = 30.0
    """Largest rotation either way, in degrees."""
    scale: tuple[float, float] = (0.6, 1.2)
    """Smallest and largest size of the image's fit into the input."""
    shift: float = 0.15
    """Largest shift either way, in parts of the input size."""
    flip: float = 0.5
    """Probability of a horizontal flip."""
    color: float = 0.2
    """Strength of the changes of brightness, contrast and saturation; 0 switches them off."""
    augmentations: list[AugmentationCall] = field(default_factory=list)
    """Named augmentations, with arguments where they take some, in the order in which they change
    an image, after size, angle, position, side and colour."""
    augmentation: Callable[[Any, Any], Any] | None = None
    """Your own augmentation, from Python only: gets a `contracts.PlacedImage` and a seed; the
    last."""
    options: dict[str, Any] = field(default_factory=dict)
    """For the dataset's plugin."""


@dataclass
class DatasetConfig(DataConfig):
    """One of `data.datasets`: the settings of `data` that say which images."""

    @classmethod
    def from_setting(cls, value: Any) -> DatasetConfig:
        """Return a member, or make it from a table; errors as `members.read`."""
        return members.read(cls, value)


@dataclass
class PretrainConfig(Group):
    """How `Model.get_pretrain` trains a backbone to classify; what is not here is as in `train`."""

    path: str | None = None
    """The folder of the images, `train/<class>/*.jpg` and `val/<class>/*.jpg`."""
    dataset: str = "ImageFolder"
    """The dataset."""
    model: str = "BackboneClassifier"
    """The network around the backbone."""
    input_size: tuple[int, int] = (224, 224)
    """Width and height of the network's input, in pixels."""
    steps: int = 100000
    """Total number of steps, also when resuming."""
    batch_size: int = 32
    """Images a step and worker."""
    learning_rate: float = 5e-4
    """At the first step after the warm-up."""
    eval_interval: int = 5000
    """Steps between two evaluations while training; 0 switches them off."""
    eval_images: int | None = None
    """How many images of the evaluation split these look at, the first; None: all."""


@dataclass
class LogConfig(Group):
    """Where a run is kept and what it says."""

    save_dir: str = "./save_dir"
    """The folder of all runs."""
    interval: int = 100
    """Steps between two lines of `log.txt` and `metrics.jsonl`."""
    quiet: bool = False
    """No progress bar and no messages."""
    tensorboard: bool = True
    """Write what TensorBoard shows, into the run's folder `tensorboard`."""


@dataclass
class Config(Group):
    """Every setting of one run."""

    model: ModelConfig = field(default_factory=ModelConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    eval: EvalConfig = field(default_factory=EvalConfig)
    test: TestConfig = field(default_factory=TestConfig)
    data: DataConfig = field(default_factory=DataConfig)
    pretrain: PretrainConfig = field(default_factory=PretrainConfig)
    log: LogConfig = field(default_factory=LogConfig)
