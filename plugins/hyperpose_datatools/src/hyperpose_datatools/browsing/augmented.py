"""What the network sees of a sample: its input and targets, without and with augmentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf

from hyperpose_core.build import completed
from hyperpose_core.config import Config, snapshot
from hyperpose_core.data.drawing import Picture
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError
from hyperpose_core.families import Family
from hyperpose_core.registry import Registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_datatools.browsing.pictures import beside, shade
from hyperpose_training.feeding.augmentations import Augmentations
from hyperpose_training.feeding.convert import convert_samples
from hyperpose_training.feeding.example import example_maker
from hyperpose_training.feeding.source import Source
from hyperpose_training.feeding.unusable import why_not


class NetworkView:
    """Draws samples as training gives them to the network.

    Args:
        config: names the model, the size of its input, and how images are varied.
        skeleton: the dataset's.
    """

    def __init__(self, config: Config, skeleton: Skeleton, registry: Registry) -> None:
        self.config, self.skeleton, self.registry = completed(config, registry), skeleton, registry
        self.family = Family.of(self.config, registry)

    def __call__(self, sample: Sample) -> Picture:
        """Draw a sample without augmentation, and beside it with.

        Each part has the input with the people that its targets mean and, striped, where the loss
        does not count; then the family's picture of the targets.

        Raises:
            DataError: the image cannot be read.
        """
        [converted] = convert_samples([sample], self.skeleton, self.family.skeleton, self.registry)
        return beside([self._part(converted, augment) for augment in (False, True)])

    def _part(self, sample: Sample, augment: bool) -> Picture:
        config = snapshot(self.config)
        config.data = replace(config.data, augment=augment)
        make = example_maker(
            Source([sample]),
            self.family.preprocessor,
            self.family.skeleton,
            config,
            Augmentations.of(config.data, self.registry),
        )
        # The counter is the position in the training: it draws the augmentation.
        counter = tf.constant(_number(sample), tf.int64)
        try:
            example = {name: value.numpy() for name, value in make(counter).items()}
        except tf.errors.OpError as error:
            raise DataError(f"{sample.path}: {why_not(sample.path, error)}") from error
        image = np.clip(np.rint(255 * example["image"]), 0, 255).astype(np.uint8)
        maps = [example[name] for name in self.family.preprocessor.map_names]
        targets = self.family.picture(image, maps)
        return _in_a_row(self._seen(image, maps, example), targets)

    def _seen(self, image: Picture, maps: list[Any], example: Mapping[str, Any]) -> Picture:
        picture = image.copy()
        if "mask" in example:
            shade(picture, (255 * np.squeeze(example["mask"], -1)).astype(np.uint8))
        for human in self.family.people(maps):
            human.draw(picture)
        return picture


def _number(sample: Sample) -> int:
    """Return a position in the training that differs between samples."""
    return sum(str(sample.image_id).encode()) % 1000


def _in_a_row(first: Picture, second: Picture) -> Picture:
    """Put the input before the family's picture, whatever its height."""
    missing = max(0, second.shape[0] - first.shape[0])
    first = np.pad(first, ((0, missing), (0, 0), (0, 0)))
    second = np.pad(second, ((0, first.shape[0] - second.shape[0]), (0, 0), (0, 0)))
    return np.concatenate([first, second], axis=1)
