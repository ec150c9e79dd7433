"""The samples as tensors, looked up in the order in which training sees them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError

Order = Callable[[tf.Tensor, int], tf.Tensor]
"""From a position, an int64 scalar, and a seed to the number of the sample that is seen there."""


class Annotated(NamedTuple):
    """One sample inside `tf.data`."""

    path: tf.Tensor
    size: tf.Tensor
    """`[2]` int32, width and height as annotated; 0 where the dataset does not say."""
    keypoints: tf.Tensor
    boxes: tf.Tensor
    labelled: tf.Tensor | None
    """`[K]` bool; None where every sample has all of its keypoints annotated."""
    label: tf.Tensor | None = None
    """int32 scalar; None where no sample has one."""


class Source:
    """Samples that are looked up by number, all annotations in a few large tensors.

    Args:
        samples: at least one, in the model's skeleton.
        order: in which training sees them, a pure function; None: every sample counts alike, as
            `shuffled` has it.

    Raises:
        DataError: there is no sample.
    """

    def __init__(self, samples: Sequence[Sample], order: Order | None = None) -> None:
        if not samples:
            raise DataError("no training image is left; check the dataset's folder and its filters")
        self.paths = [str(sample.path) for sample in samples]
        self.sizes = [(sample.width, sample.height) for sample in samples]
        # As bytes, because a name need not be UTF-8.
        self._paths = tf.constant([os.fsencode(path) for path in self.paths])
        self._sizes = tf.constant(self.sizes, tf.int32)
        self._samples, self._masks = samples, dict[int, bytes | None]()
        self._keypoints = tf.constant(np.concatenate([s.keypoints for s in samples]), tf.float32)
        self._boxes = tf.constant(np.concatenate([s.boxes for s in samples]), tf.float32)
        people = np.cumsum([0] + [len(sample.keypoints) for sample in samples])
        self._people = tf.constant(people, tf.int32)
        self._labelled = _labelled(samples)
        self._labels = _labels(samples)
        self._order = order

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: tf.Tensor) -> Annotated:
        low, high = self._people[index], self._people[index + 1]
        return Annotated(
            tf.gather(self._paths, index),
            tf.gather(self._sizes, index),
            self._keypoints[low:high],
            self._boxes[low:high],
            None if self._labelled is None else tf.gather(self._labelled, index),
            None if self._labels is None else tf.gather(self._labels, index),
        )

    def mask(self, number: int) -> bytes | None:
        """Return a sample's mask, made when its image is first seen: all of them take minutes.

        Returns:
            PNG bytes, 0 for what does not count; None: everything counts.
        """
        if number not in self._masks:
            self._masks[number] = self._samples[number].mask
        return self._masks[number]

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
        if self._order is not None:
            return self._order(counter, seed)
        return shuffled(counter, len(self), seed)


def shuffled(counter: tf.Tensor, size: int, seed: int) -> tf.Tensor:
    """Return the number of the sample that training sees at a position.

    Every run of `size` positions is one permutation of all samples. It depends on nothing but the
    arguments, so that a training resumes at any position.

    Args:
        counter: int64 scalar, 0 for the first image of the training.
    """
    epoch = tf.cast(counter // size, tf.uint32)
    key = tf.stack([tf.constant(seed % 2**32, tf.uint32), epoch])
    return tf.random.experimental.index_shuffle(counter % size, key, size - 1)


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
