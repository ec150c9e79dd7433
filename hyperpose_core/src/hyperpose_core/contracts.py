"""What the components of each kind can do, as Protocols with shapes and units.

Conventions everywhere inside the program:

* images given to a model are float32 RGB in [0, 1], `[N, H, W, 3]`;
* maps are `channels_last`; with `data_format="channels_first"` the pipelines transpose what they
  give to the model (images and, in training, targets) and what they decode, and nothing else;
* the centre of the upper left pixel is (0, 0), in images of every size: the centre of a cell of a
  map at stride s lies at `s * cell + (s - 1) / 2` in pixels of the network's input;
* sizes are (width, height).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.cluster import Cluster
from hyperpose_core.humans import Human
from hyperpose_core.samples import Sample
from hyperpose_core.skeletons import Skeleton

if TYPE_CHECKING:
    import tensorflow as tf

    from hyperpose_core.config import Config, DataConfig, ModelConfig, TrainConfig

Size = tuple[int, int]
Tensors = Mapping[str, "tf.Tensor"]


class Backbone(Protocol):
    """A feature extractor: `[N, H, W, 3]` to `[N, H / stride, W / stride, out_channels]`."""

    out_channels: int
    stride: int

    def forward(self, x: tf.Tensor) -> tf.Tensor: ...


class BackboneFactory(Protocol):
    """Builds a backbone that stops at a stride; InputError for a stride that it does not have.

    `width` multiplies its channels. A backbone that has one size only may leave the argument out:
    it is passed only when the configuration asks for another width than 1.
    """

    def __call__(self, stride: int, width: float = 1.0) -> Backbone: ...


class Model(Protocol):
    """A network: a `tensorlayer.models.Model`, or anything with the same methods.

    `forward(x, is_train=False)` takes images and returns a tuple of maps; with `is_train=True` it
    may append what only the loss needs. Per family:

    * openpose: `(conf_map, paf_map)`, `[N, h, w, K + 1]` (background last) and `[N, h, w, 2 L]` (x
      and y of each limb in turn); in training `(conf_map, paf_map, stage_confs, stage_pafs)`, the
      last two lists with the maps of every stage.
      `cal_loss(gt_conf, gt_paf, mask, stage_confs, stage_pafs)` returns
      `(loss, loss_confs, loss_pafs)`, with `mask` `[N, h, w, 1]`.
    * poseproposal: `(pc, pi, px, py, pw, ph, pe)`.

    `cal_loss` is called with keyword arguments, so their order is free.
    """

    trainable_weights: Sequence[tf.Variable]
    all_weights: Sequence[tf.Variable]

    def forward(self, x: tf.Tensor, is_train: bool = False) -> tuple[Any, ...]: ...

    def infer(self, x: tf.Tensor) -> tuple[Any, ...]: ...

    def cal_loss(self, **tensors: Any) -> Any: ...

    def train(self) -> None: ...

    def eval(self) -> None: ...


class ModelFactory(Protocol):
    """Builds an architecture for a skeleton on a backbone.

    Args of the call:
        skeleton: decides the number of maps.
        backbone: called by the architecture with the stride that it needs.
        config: the group `model`: input size, stages, width, options.
    """

    def __call__(
        self, *, skeleton: Skeleton, backbone: BackboneFactory | None, config: ModelConfig
    ) -> Model: ...


class Dataset(Protocol):
    """Annotated images, and the official way to score predictions on them.

    A dataset may also have `raw_samples(split) -> Iterable[datasets.raw.RawSample]`: everybody whom
    the files of a split name, people without keypoints and crowds too, whether or not the images
    are there. `hyperpose check-data` and `hyperpose convert` ask it, else `eval_samples`.
    """

    skeleton: Skeleton

    def train_samples(self) -> Iterable[Sample]: ...

    def eval_samples(self) -> Iterable[Sample]:
        """Return every image of the evaluation split, also those in which nobody is annotated."""
        ...

    def evaluate(
        self,
        humans: Mapping[int | str, Sequence[Human]],
        image_ids: Sequence[int | str] | None = None,
    ) -> Mapping[str, float]:
        """Score predictions: image id to people in this dataset's skeleton.

        Args:
            image_ids: the images to score on, all of the evaluation split where None; one that has
                no predictions counts as one in which nobody was found.
        """
        ...

    def to_results(self, humans: Mapping[int | str, Sequence[Human]]) -> list[dict[str, Any]]:
        """Return predictions in the dataset's submission format, ready for JSON."""
        ...


class DatasetFactory(Protocol):
    """Opens a dataset from the group `data`; DataError says what is missing and how to get it."""

    def __call__(self, config: DataConfig) -> Dataset: ...


class Preprocessor(Protocol):
    """Targets from annotations, and the loss between outputs and targets.

    `map_names` are the targets that a visualizer can show, in the order of `Model.forward`'s maps.
    """

    map_names: tuple[str, ...]

    def encode(
        self,
        keypoints: tf.Tensor,
        boxes: tf.Tensor,
        mask: tf.Tensor,
        labelled: tf.Tensor | None = None,
    ) -> Tensors:
        """Make the targets of one image, in TensorFlow ops (it runs inside `tf.data`).

        Args:
            keypoints: `[P, K, 3]` float32 in pixels of the network's input; P varies.
            boxes: `[P, 4]` float32, x, y, width, height in the same pixels.
            mask: `[H, W, 1]` float32, 1 where the loss counts.
            labelled: `[K]` bool: whether the image's dataset annotates the keypoint at all; None:
                all are. The channels of one that it does not annotate count in no loss.
        """
        ...

    def losses(self, model: Model, outputs: Sequence[Any], targets: Tensors) -> Tensors:
        """Call `model.cal_loss` on a batch and name what it returns; `"loss"` is the sum that is
        minimised, without weight decay.
        """
        ...


class PreprocessorFactory(Protocol):
    """Builds a preprocessor for maps of `input_size` pixels and one cell every `stride` pixels."""

    def __call__(
        self, *, skeleton: Skeleton, input_size: Size, stride: int, options: Mapping[str, Any]
    ) -> Preprocessor: ...


class Postprocessor(Protocol):
    """Humans from the maps of one image.

    A family whose maps can be averaged, over scales and with those of the mirrored image, also has
    `mirror(outputs) -> outputs`: it gets maps of a mirrored image whose columns are already in the
    order of the image, exchanges left and right channels and turns what points along x.
    """

    def __call__(self, outputs: Sequence[NDArray[np.float32]]) -> list[Human]:
        """Decode what `Model.forward(x)` returned, one image, `[h, w, C]` each.

        Keypoints are in pixels of the network's input; the surest person first.
        """
        ...


class PostprocessorFactory(Protocol):
    """Builds a postprocessor for maps with one cell every `stride` pixels."""

    def __call__(
        self, *, skeleton: Skeleton, stride: int, options: Mapping[str, Any]
    ) -> Postprocessor: ...


class Visualizer(Protocol):
    """Draws the maps of one image over it.

    Args of the call:
        image: `[H, W, 3]` uint8 RGB.
        maps: name to `[h, w, C]`, predicted (`Model.forward`'s, in order) or targets.
        skeleton: names the channels.

    Returns:
        one uint8 RGB picture, any size.
    """

    def __call__(
        self, image: NDArray[np.uint8], maps: Sequence[NDArray[np.float32]], skeleton: Skeleton
    ) -> NDArray[np.uint8]: ...


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


@dataclass(frozen=True)
class Score:
    """What a scorer found.

    Args:
        metrics: the numbers by name, in their official order; AP in [0, 1], PCKh in percent, as
            their protocols print them.
        protocol: what makes them comparable: dataset, split, number of images, thresholds, kinds
            of mean, sigmas.
        tables: further tables by title, each a list of rows that are dictionaries with the same
            keys: the error split, PCKh by joint.
    """

    metrics: Mapping[str, float]
    protocol: Mapping[str, Any]
    tables: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


class Scorer(Protocol):
    """Scores a result file of anybody's on a dataset; `DatasetSpec.scorer` names it."""

    def __call__(
        self, results: Path, *, ground_truth: Path | None, config: DataConfig, metric: str | None
    ) -> Score:
        """Read and score a result file.

        Args:
            ground_truth: an annotation file; None: that of the dataset in `config.path`.
            config: folder, version and `eval_split` where there is no `ground_truth`.
            metric: one of those that the scorer has; None: the dataset's official one.

        Raises:
            InputError: the results cannot be read, or there is no such metric.
            DataError: the ground truth cannot be read.
        """
        ...


class AnnotationWriter(Protocol):
    """Writes annotations in a dataset's own format; `DatasetSpec.writer` names it."""

    def __call__(self, samples: Sequence[Sample], path: Path) -> Sequence[str]:
        """Write samples, whose keypoints are in the dataset's skeleton, to a file.

        Returns:
            what the format cannot carry, each a part of a sentence; nothing where nothing is lost.

        Raises:
            InputError: the file cannot be written, or the samples do not fit the format.
        """
        ...


@dataclass(frozen=True)
class ReadWeights:
    """What an importer read.

    Args:
        arrays: name to array. One that has a place in the model has its name in
            `weights.named_weights(model)`; every other has a name that the model does not know,
            which says where it comes from.
        settings: by `group.key`, what the weights need to work as they were meant to, and what does
            not change the shapes of the model's arrays. What the user sets wins.
    """

    arrays: Mapping[str, NDArray[Any]]
    settings: Mapping[str, Any] = field(default_factory=dict)


class WeightImporter(Protocol):
    """Reads one format of weights that are not this library's own."""

    def recognizes(self, path: Path) -> bool:
        """Say whether a file is of this format; looks at names and sizes only, runs nothing."""
        ...

    def settings(self, path: Path) -> Mapping[str, Any]:
        """Return the settings, by `group.key`, with which the model is built; what the user sets
        wins.
        """
        ...

    def read(self, path: Path, model: Model, trust_pickle: bool = False) -> ReadWeights:
        """Return the file's arrays, as this library computes with them.

        Args:
            trust_pickle: the file may be unpickled.

        Raises:
            CheckpointError: the file is damaged, is of another kind, or needs to be unpickled.
        """
        ...


class TrainPipeline(Protocol):
    """What `get_train(config)` returns."""

    def __call__(self, model: Model, dataset: Dataset) -> Any: ...


class UserModelFactory(Protocol):
    """A user's own architecture, as given to `Config.set_model_arch`: a class or function called
    with the whole configuration, in which `config.model.skeleton` is filled in.
    """

    def __call__(self, config: Config) -> Model: ...
