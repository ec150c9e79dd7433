"""The settings, in typed groups. Every setting has its default and its meaning in its group."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from hyperpose_core.config.calls import MetricCall
from hyperpose_core.config.data import DataConfig
from hyperpose_core.config.group import Group
from hyperpose_core.config.rules import (
    From0,
    From1,
    NotEmpty,
    NotNegative,
    Positive,
    Precision,
    Rule,
    RunName,
    Size,
    Weights,
    given,
)
from hyperpose_core.config.train import TrainConfig
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton

_ARCHITECTURE = given(
    "called with the configuration, or a model",
    lambda value: callable(value) or hasattr(value, "forward"),
)
_SCALES = Rule(lambda scales: bool(scales) and min(scales) > 0, "at least one, more than 0 each")


@dataclass
class ModelConfig(Group):
    """Which network, and how large."""

    name: RunName = "default_name"
    """The run: everything is kept under `log.save_dir/<name>`."""
    type: NotEmpty = "MobilenetThinOpenpose"
    """The architecture."""
    backbone: str | None = None
    """The feature extractor; None: the architecture's default."""
    backbone_weights: str | None = None
    """With which weights the feature extractor begins: a run's `.npz`, or what its plugin knows, as
    `imagenet` or a `.pth`; None: random ones."""
    weights: str | None = None
    """The whole trained model with which training begins: a run, or a file that `import-weights`
    knows. Keypoints and limbs go over by name; None: a new model."""
    partial_weights: bool = False
    """Whether `weights` may be of a model that shares less than half of its arrays."""
    arch: Annotated[Any, _ARCHITECTURE] = None
    """Your own architecture, from Python only: called with the whole configuration, or a model."""
    skeleton: Skeleton | str | None = None
    """Your own keypoints and limbs; None: the architecture's for the dataset."""
    input_size: Size | None = None
    """Width and height of the network's input, in pixels; None: 368x368, or for a stride that does
    not divide that the next size (384x384 for Poseproposal)."""
    postprocessor: str | None = None
    """What finds people in the maps; None: the one that is named like the architecture's family."""
    stages: From1 | None = None
    """Number of stages after the backbone; None: the paper's."""
    width: Positive = 1.0
    """Factor on the number of channels."""
    backbone_width: Positive | None = None
    """The same for the backbone alone; None: as `width`."""
    padding: Literal["symmetric", "same"] = "symmetric"
    """`symmetric` or `same`: how convolutions with a stride pad. Weights that were trained with
    TensorFlow's own padding need `same`: otherwise people are found 7 pixels beside themselves."""
    data_format: Literal["channels_last", "channels_first"] = "channels_last"
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
class EvalConfig(Group):
    """How a network is scored."""

    fit: Literal["box", "height"] = "box"
    """`box` shows the network the whole image inside the input; `height` gives the image the
    input's height and lets the width follow. Training varies it from there."""
    scales: Annotated[list[float], _SCALES] = field(default_factory=lambda: [1.0])
    """Sizes at which every image is seen, as factors of the input size; maps are averaged."""
    flip: bool = False
    """Also see every image mirrored."""
    precision: Precision = "float32"
    """`float32`, `bfloat16` or `float16`: in which convolutions and matrix products are computed,
    here and in inference."""
    batch_size: From1 = 8
    """Images that the network sees at once, also in inference and while training; those whose
    inputs differ in size are not seen together."""
    limit: From1 | None = None
    """Only the first so many images; the report says so."""
    vis_num: From0 = 20
    """Pictures to draw."""
    weights: Weights = "newest"
    """`newest` or `best`: which model of the run is scored."""
    metrics: list[MetricCall] = field(default_factory=list)
    """Installed metrics beside the dataset's official ones, with arguments where they take some;
    also while training."""


@dataclass
class TestConfig(Group):
    """How a network is run on images without annotations."""

    min_score: NotNegative = 0.0
    """People with a lower score are left out."""
    weights: Weights = "newest"
    """`newest` or `best`: which model of the run is used."""


@dataclass
class PretrainConfig(Group):
    """How `Model.get_pretrain` trains a backbone to classify; what is not here is as in `train`."""

    path: str | None = None
    """The folder of the images, `train/<class>/*.jpg` and `val/<class>/*.jpg`."""
    dataset: NotEmpty = "ImageFolder"
    """The dataset."""
    model: NotEmpty = "BackboneClassifier"
    """The network around the backbone."""
    input_size: Size = (224, 224)
    """Width and height of the network's input, in pixels."""
    steps: From0 = 100000
    """Total number of steps, also when resuming."""
    batch_size: From1 = 32
    """Images a step and worker."""
    learning_rate: NotNegative = 5e-4
    """At the first step after the warm-up."""
    eval_interval: From0 = 5000
    """Steps between two evaluations while training; 0 switches them off."""
    eval_images: From1 | None = None
    """How many images of the evaluation split these look at, the first; None: all."""


@dataclass
class LogConfig(Group):
    """Where a run is kept and what it says."""

    save_dir: NotEmpty = "./save_dir"
    """The folder of all runs."""
    interval: From1 = 100
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
