"""The samples as tensors, and the order in which training sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hyperpose_core.errors import DataError
from hyperpose_core.samples import Sample


class Annotated(NamedTuple):
    """One sample inside `tf.data`."""

    path: tf.Tensor
    keypoints: tf.Tensor
    boxes: tf.Tensor
    mask: tf.Tensor
    """PNG bytes; empty where everything counts."""


class Source:
    """Samples that are looked up by number, all annotations in a few large tensors.

    Args:
        samples: at least one, in the model's skeleton.

    Raises:
        DataError: there is no sample.
    """

    def __init__(self, samples: Sequence[Sample]) -> None:
        if not samples:
            raise DataError("no training image is left; check the dataset's folder and its filters")
        self.paths = [str(sample.path) for sample in samples]
        self._paths = tf.constant(self.paths)
        self._masks = tf.constant([sample.mask or b"" for sample in samples])
        self._keypoints = tf.constant(np.concatenate([s.keypoints for s in samples]), tf.float32)
        self._boxes = tf.constant(np.concatenate([s.boxes for s in samples]), tf.float32)
        people = np.cumsum([0] + [len(sample.keypoints) for sample in samples])
        self._people = tf.constant(people, tf.int32)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: tf.Tensor) -> Annotated:
        low, high = self._people[index], self._people[index + 1]
        return Annotated(
            tf.gather(self._paths, index),
            self._keypoints[low:high],
            self._boxes[low:high],
            tf.gather(self._masks, index),
        )


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
