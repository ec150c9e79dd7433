"""The family `classification`: the loss of a classifier, and the classes that it finds.

Its skeleton has a name for every class. What is found in an image is one `Human`: its five surest
"keypoints" have the probabilities of their classes as scores, and no place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from hyperpose_core.contracts import Model, Size, Tensors
from hyperpose_core.data.humans import Human
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton

SHOWN = 5
"""How many classes are found in an image."""


class Preprocessor:
    """Cross entropy with the image's class; see `contracts.Preprocessor`.

    The class is `Sample.label`, which the pipeline itself adds to the targets.
    """

    map_names = ("label",)

    def __init__(
        self, *, skeleton: Skeleton, input_size: Size, stride: int, options: Mapping[str, Any]
    ) -> None:
        self.classes = len(skeleton)

    def encode(
        self,
        keypoints: tf.Tensor,
        boxes: tf.Tensor,
        mask: tf.Tensor,
        labelled: tf.Tensor | None = None,
    ) -> Tensors:
        """Return nothing: people do not count."""
        return {}

    def losses(self, model: Model, outputs: Sequence[Any], targets: Tensors) -> Tensors:
        """Return `loss`, and `top1` and `top5`: the parts of the images whose class is the surest,
        or among the five surest.

        Raises:
            ConfigError: the images have no classes.
        """
        if "label" not in targets:
            raise ConfigError(
                "a classifier learns from images that have a class, and those of this dataset have "
                "none: train it on --dataset ImageFolder"
            )
        label, logits = targets["label"], outputs[0]
        logits = tf.cast(tf.reshape(logits, (-1, self.classes)), tf.float32)
        first, among = (tf.math.in_top_k(label, logits, min(k, self.classes)) for k in (1, SHOWN))
        return {
            "loss": model.cal_loss(logits=logits, label=label),
            "top1": tf.reduce_mean(tf.cast(first, tf.float32)),
            "top5": tf.reduce_mean(tf.cast(among, tf.float32)),
        }


class Postprocessor:
    """The surest classes of an image; see `contracts.Postprocessor`."""

    map_names = ("logits",)

    def __init__(self, *, skeleton: Skeleton, stride: int, options: Mapping[str, Any]) -> None:
        self.skeleton = skeleton

    def __call__(self, outputs: Sequence[NDArray[np.float32]]) -> list[Human]:
        """Return one `Human`, whose score is the probability of the surest class."""
        chances = probabilities(outputs[0])
        keypoints = np.zeros((len(chances), 3), np.float32)
        surest = np.argsort(-chances, kind="stable")[:SHOWN]
        # A score of 0 would mean that the class was not found.
        keypoints[surest, 2] = np.maximum(chances[surest], np.finfo(np.float32).tiny)
        return [Human(keypoints, float(chances[surest[0]]), self.skeleton)]

    def mirror(self, outputs: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        """Return the outputs: a mirrored image is of the same class."""
        return list(outputs)


def probabilities(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `[classes]` probabilities from logits of any layout."""
    flat = np.asarray(logits, np.float64).reshape(-1)
    weights = np.exp(flat - flat.max())
    chances: NDArray[np.float32] = (weights / weights.sum()).astype(np.float32)
    return chances
