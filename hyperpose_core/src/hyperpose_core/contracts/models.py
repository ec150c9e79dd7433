"""Models: architectures and the feature extractors that they are built on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from numpy.typing import NDArray

from hyperpose_core.skeletons import Skeleton

if TYPE_CHECKING:
    import tensorflow as tf

    from hyperpose_core.config import Config, ModelConfig


class Backbone(Protocol):
    """A feature extractor: `[N, H, W, 3]` to `[N, H / stride, W / stride, out_channels]`."""

    out_channels: int
    stride: int

    def forward(self, x: tf.Tensor) -> tf.Tensor: ...


class BackboneFactory(Protocol):
    """Builds a backbone that stops at a stride; InputError for a stride that it does not have.

    `width` multiplies its channels. A backbone that has one size only may leave the argument out:
    it is passed only when the configuration asks for another width than 1. Further arguments are
    those that its own `PretrainedBackbone.options` returns.
    """

    def __call__(self, stride: int, width: float = 1.0) -> Backbone: ...


class PretrainedBackbone(Protocol):
    """Reads weights of a backbone that are not this library's; `BackboneSpec.pretrained` names it.

    An origin is what `model.backbone_weights` says: a file, or a word that it knows.
    """

    def options(self, origin: str) -> Mapping[str, Any]:
        """Return the arguments with which the factory makes the network of the weights, beside
        stride and width. The file need not be there: a trained run is built so too.
        """
        ...

    def read(self, origin: str, backbone: Backbone) -> Mapping[str, NDArray[Any]]:
        """Return the arrays by their names in the backbone, for RGB images in [0, 1] less 0.5.

        Raises:
            CheckpointError: there are none; says what to do.
        """
        ...


@dataclass(frozen=True)
class NamedChannels:
    """What the numbers along one axis of a weight belong to.

    Args:
        axis: of the array.
        names: of all its channels, such as keypoints; what belongs to none has the name
            `feature <number>`.
        opposites: name of a channel to that of the one which holds its numbers with their sign
            turned, as the field of a limb that goes the other way.
        signed: whether the weight's numbers turn their sign then, too.
    """

    axis: int
    names: tuple[str, ...]
    opposites: Mapping[str, str] = field(default_factory=dict, compare=False)
    signed: bool = True


FEATURE = "feature "
"""How the names of channels begin that belong to no keypoint."""


def features(count: int) -> list[str]:
    """Return names for channels that belong to no keypoint."""
    return [f"{FEATURE}{i}" for i in range(count)]


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

    A model may also have `named_channels() -> Mapping[str, NamedChannels]`, by the names of
    `weights.named_weights`: by these a model of other keypoints begins with its weights.
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


class UserModelFactory(Protocol):
    """A user's own architecture, as given to `Config.set_model_arch`: a class or function called
    with the whole configuration, in which `config.model.skeleton` is filled in.
    """

    def __call__(self, config: Config) -> Model: ...
