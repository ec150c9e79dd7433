"""The bench: a model with its family, small, on a skeleton, as a training has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from hyperpose_core.build import get_model
from hyperpose_core.build.skeleton import model_skeleton, model_stride
from hyperpose_core.config import Config, snapshot
from hyperpose_core.contracts import Model
from hyperpose_core.families import Family
from hyperpose_core.registry import Registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.specs import ModelSpec
from hyperpose_plugintools.kit.check import expect
from hyperpose_plugintools.kit.people import PERSON, Floats, boxes_of, standing

NARROW = 0.25
SHORTEST = 64
"""Pixels, of the input's shorter side."""

Size = tuple[int, int]


@dataclass(frozen=True)
class Bench:
    """A model and its family, for one size and layout."""

    config: Config
    registry: Registry
    spec: ModelSpec
    skeleton: Skeleton

    @classmethod
    def of(cls, spec: ModelSpec, name: str, registry: Registry, config: Config) -> Bench:
        """Return one for people, or for the first skeleton that the model is made for."""
        config = snapshot(config)
        config.model.type = name
        own = [model_skeleton(spec, given) for given in spec.skeletons]
        skeleton = next((found for found in own if found is not None), PERSON)
        config.model.skeleton = skeleton
        if config.model.width == Config().model.width:
            config.model.width = NARROW
        return cls(config, registry, spec, skeleton).resized(0)

    def resized(self, number: int, data_format: str = "channels_last") -> Bench:
        """Return the same for one of two sizes, and a layout."""
        config = snapshot(self.config)
        stride = model_stride(config.model, self.registry)
        shortest = -(-SHORTEST // stride) * stride
        config.model.input_size = (shortest + number * stride, shortest)
        config.model.data_format = data_format  # type: ignore[assignment]
        return Bench(config, self.registry, self.spec, self.skeleton)

    @property
    def size(self) -> Size:
        """Width and height of the input, pixels."""
        return self.config.model.size

    def model(self) -> Model:
        """Make the model, with the same first weights each time."""
        return get_model(self.config, self.registry, pretrained=False)

    def family(self) -> Family:
        """Make the functions of its family."""
        return Family.of(self.config, self.registry)

    def targets(
        self,
        labelled: tf.Tensor | None = None,
        mask: float = 1.0,
        people: tuple[int, ...] = (2, 0),
    ) -> dict[str, tf.Tensor]:
        """Return the targets of a batch of images, of so many people each.

        Those of rank 3 are in the layout of the configuration, as a training has them.
        """
        encode = self.family().preprocessor.encode
        rows = []
        for count in people:
            given = annotated(standing(count, self.skeleton, self.size), self.size, mask)
            rows.append(encode(*given) if labelled is None else encode(*given, labelled))
        batch = {name: tf.stack([tf.convert_to_tensor(r[name]) for r in rows]) for name in rows[0]}
        if not batch:  # the family learns from the images' classes
            batch = {"label": tf.constant([0, 1])}
        return {name: self.laid_out(value) for name, value in batch.items()}

    def images(self) -> tf.Tensor:
        """Return a batch of two images, in the layout of the configuration."""
        width, height = self.size
        return self.laid_out(tf.random.stateless_uniform([2, height, width, 3], [3, 4]))

    def laid_out(self, value: tf.Tensor) -> tf.Tensor:
        """Return maps or images in the layout of the configuration."""
        if self.config.model.data_format == "channels_first" and value.shape.rank == 4:
            return tf.transpose(value, (0, 3, 1, 2))
        return value

    def loss(self, model: Model, targets: Mapping[str, tf.Tensor]) -> tf.Tensor:
        """Return the loss of the batch in training mode."""
        model.train()
        outputs = model.forward(self.images(), is_train=True)
        return loss_of(self.family().preprocessor.losses(model, outputs, targets))


def annotated(people: Floats, size: Size, mask: float = 1.0) -> tuple[Any, Any, Any]:
    """Return keypoints, boxes and mask as `encode` gets them, tensors."""
    width, height = size
    counts = tf.fill([height, width, 1], tf.constant(mask, tf.float32))
    return tf.constant(people), tf.constant(boxes_of(people)), counts


def loss_of(losses: Any) -> tf.Tensor:
    """Return the loss that is minimised, a finite scalar."""
    expect(isinstance(losses, Mapping), "losses by name", losses)
    expect("loss" in losses, 'losses with the name "loss"', f"only {', '.join(losses)}")
    loss = losses["loss"]
    expect(tf.is_tensor(loss) and loss.shape.rank == 0, "a scalar loss", loss)
    expect(np.isfinite(float(loss)), "a finite loss", float(loss))
    return loss
