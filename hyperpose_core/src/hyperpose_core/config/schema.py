"""The settings, in typed groups. Every setting has its default and its meaning here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hyperpose_core.config.group import Group
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
    """A file of weights with which the feature extractor begins; None: random ones."""
    arch: Any = None
    """Your own architecture, from Python only: called with the whole configuration, or a model."""
    skeleton: Skeleton | None = None
    """Your own keypoints and limbs; None: the architecture's for the dataset."""
    input_size: tuple[int, int] = (368, 368)
    """Width and height of the network's input, in pixels."""
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


@dataclass
class TrainConfig(Group):
    """How the network learns."""

    type: str = "Single_train"
    """The train strategy."""
    kungfu_option: str = "Sync_sgd"
    """How workers of a parallel training exchange: `Sync_sgd`, `Sync_avg` or `Pair_avg`."""
    steps: int = 1000
    """Total number of steps, also when resuming."""
    batch_size: int = 8
    """Images a step and worker."""
    optimizer: str = "Adam"
    """`Adam`, `SGD` or `RMSprop`."""
    learning_rate: float = 1e-3
    """At the first step after the warm-up."""
    schedule: str = "cosine"
    """`constant`, `step` or `cosine`."""
    warmup_steps: int = 100
    """Steps over which the learning rate grows linearly from 0."""
    decay_every: int = 136120
    """Schedule `step`: steps between two decays."""
    decay_factor: float = 0.666
    """Schedule `step`: factor of each decay."""
    momentum: float = 0.9
    """Of the optimizers that have one."""
    weight_decay: float = 1e-4
    """Decoupled decay of kernels a step, multiplied by the learning rate."""
    clip_norm: float = 10.0
    """Gradients whose global norm is larger are scaled down to it; 0 switches it off."""
    seed: int = 0
    """Of the initial weights, the order of the data and the augmentation."""
    save_interval: int = 500
    """Steps between two checkpoints."""
    vis_interval: int = 500
    """Steps between two pictures of targets and predictions."""


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
    limit: int | None = None
    """Only the first so many images; the report says so."""
    vis_num: int = 20
    """Pictures to draw."""


@dataclass
class TestConfig(Group):
    """How a network is run on images without annotations."""

    min_score: float = 0.0
    """People with a lower score are left out."""


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
    filters: list[str] = field(default_factory=list)
    """Named filters; a sample is kept when all keep it."""
    filter_eval: bool = False
    """Filter the evaluation split too; the report says so."""
    userdef_dataset: Any = None
    """Your own dataset, from Python only: a class called with the configuration, or an object."""
    strict: bool = False
    """An image that cannot be read is an error instead of being skipped and counted."""
    augment: bool = True
    """Vary position, size, angle, side and colour of the training images."""
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
    options: dict[str, Any] = field(default_factory=dict)
    """For the dataset's plugin."""


@dataclass
class LogConfig(Group):
    """Where a run is kept and what it says."""

    save_dir: str = "./save_dir"
    """The folder of all runs."""
    interval: int = 100
    """Steps between two lines of `log.txt` and `metrics.jsonl`."""
    quiet: bool = False
    """No progress bar and no messages."""


@dataclass
class Config(Group):
    """Every setting of one run."""

    model: ModelConfig = field(default_factory=ModelConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    eval: EvalConfig = field(default_factory=EvalConfig)
    test: TestConfig = field(default_factory=TestConfig)
    data: DataConfig = field(default_factory=DataConfig)
    log: LogConfig = field(default_factory=LogConfig)
