"""Families: targets, people and pictures of the models that share them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.contracts.models import Model
from hyperpose_core.contracts.shapes import Size, Tensors
from hyperpose_core.data.humans import Human
from hyperpose_core.skeletons import Skeleton

if TYPE_CHECKING:
    import tensorflow as tf


class Preprocessor(Protocol):
    """Targets from annotations, and the loss between outputs and targets.

    `map_names` are the targets that a visualizer can show, in the order of `Model.forward`'s maps.
    One that makes keypoints of its own, whatever the dataset annotates, names them in
    `own_keypoints`.
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
    """Humans from the maps of one image; in any thread, and in several at the same time.

    A family whose maps can be averaged, over scales and with those of the mirrored image, also has
    `mirror(outputs) -> outputs`: it gets maps of a mirrored image whose columns are already in the
    order of the image, exchanges left and right channels and turns what points along x.

    It may name its maps (`map_names`), and have `peaks_in_graph(outputs) -> {name: tensor}`, what
    an exported model can do of the decoding, in TensorFlow ops on maps `[N, h, w, C]`.

    One with `auxiliary = True` takes the option `auxiliary`, names of keypoints by which it finds
    people, and which it returns them without.
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

    It may also have `panels(image, maps, skeleton, parts) -> {title: picture}`: what a montage has
    side by side, of the image's size; where `parts` is true, one of every keypoint and limb, too.
    """

    def __call__(
        self, image: NDArray[np.uint8], maps: Sequence[NDArray[np.float32]], skeleton: Skeleton
    ) -> NDArray[np.uint8]: ...
