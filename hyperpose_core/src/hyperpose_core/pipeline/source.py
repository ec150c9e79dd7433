"""The samples as tensors, looked up in the order in which training sees them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hyperpose_core.data.samples import Sample
from hyperpose_core.data.training_data import Share
from hyperpose_core.errors import DataError
from hyperpose_core.pipeline.order import Mixture, Shuffled


class Annotated(NamedTuple):
    """One sample inside `tf.data`."""

    path: tf.Tensor
    size: tf.Tensor
    """`[2]` int32, width and height as annotated; 0 where the dataset does not say."""
    keypoints: tf.Tensor
    boxes: tf.Tensor
    mask: tf.Tensor
    """PNG bytes; empty where everything counts."""
    labelled: tf.Tensor | None
    """`[K]` bool; None where every sample has all of its keypoints annotated."""
    label: tf.Tensor | None = None
    """int32 scalar; None where no sample has one."""


class Source:
    """Samples that are looked up by number, all annotations in a few large tensors.

    Args:
        samples: at least one, in the model's skeleton.
        shares: numbers of successive samples with their weights; none: every sample counts alike.

    Raises:
        DataError: there is no sample.
    """

    def __init__(self, samples: Sequence[Sample], shares: Sequence[Share] = ()) -> None:
        if not samples:
            raise DataError("no training image is left; check the dataset's folder and its filters")
        self.paths = [str(sample.path) for sample in samples]
        self.sizes = [(sample.width, sample.height) for sample in samples]
        # As bytes, because a name need not be UTF-8.
        self._paths = tf.constant([os.fsencode(path) for path in self.paths])
        self._sizes = tf.constant(self.sizes, tf.int32)
        self._masks = tf.constant([sample.mask or b"" for sample in samples])
        self._keypoints = tf.constant(np.concatenate([s.keypoints for s in samples]), tf.float32)
        self._boxes = tf.constant(np.concatenate([s.boxes for s in samples]), tf.float32)
        people = np.cumsum([0] + [len(sample.keypoints) for sample in samples])
        self._people = tf.constant(people, tf.int32)
        self._labelled = _labelled(samples)
        self._labels = _labels(samples)
        self._order = Mixture(shares) if shares else Shuffled(len(samples))

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: tf.Tensor) -> Annotated:
        low, high = self._people[index], self._people[index + 1]
        return Annotated(
            tf.gather(self._paths, index),
            tf.gather(self._sizes, index),
            self._keypoints[low:high],
            self._boxes[low:high],
            tf.gather(self._masks, index),
            None if self._labelled is None else tf.gather(self._labelled, index),
            None if self._labels is None else tf.gather(self._labels, index),
        )

    @property
    def partly_labelled(self) -> bool:
        """Whether some sample has keypoints that its dataset does not annotate."""
        return self._labelled is not None

    def number(self, counter: tf.Tensor, seed: int) -> tf.Tensor:
        """Return the number of the sample that training sees at a position.

        It depends on nothing but the samples and the arguments, so that a training resumes at any
        position.

        Args:
            counter: int64 scalar, 0 for the first image of the training.
        """
        return self._order(counter, seed)


def _labels(samples: Sequence[Sample]) -> tf.Tensor | None:
    """Return `[N]` int32, or None where no sample has a label."""
    labels = np.array([sample.label for sample in samples], np.int32)
    return tf.constant(labels) if (labels >= 0).any() else None


def _labelled(samples: Sequence[Sample]) -> tf.Tensor | None:
    """Return `[N, K]` bool, or None where it would be all True."""
    if all(sample.labelled is None or sample.labelled.all() for sample in samples):
        return None
    everything = np.ones(samples[0].keypoints.shape[1], bool)
    return tf.constant(
        np.stack([everything if s.labelled is None else s.labelled for s in samples]), tf.bool
    )
