"""Domain adaptation: the backbone learns features from which a discriminator cannot tell where an
image is from (Ganin et al., Domain-Adversarial Training of Neural Networks, arXiv 1505.07818).
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from hyperpose_core.build.weights import named_weights
from hyperpose_core.config import Config
from hyperpose_core.contracts import Model, Tensors
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton
from hyperpose_domainadapt.discriminator import Discriminator
from hyperpose_domainadapt.images import find, unlabelled
from hyperpose_domainadapt.reversal import grown, reverse_gradient

TARGET = 1
"""`Sample.label` of an unlabelled image; one of the dataset has none."""


class DomainAdaptation:
    """The objective `domain-adaptation`; see `contracts.Objective`.

    Args:
        model: has a `backbone` with `out_channels`.
        config: not used.
        images: files, folders or patterns; one text or several.
        scale_rate: how often each image is there among the training images.
        weight: factor on the loss.
        strength: how much of the discriminator's gradient reaches the backbone, reversed, in the
            end (the paper's lambda); 0: the discriminator only watches.
        channels: of the discriminator.

    Raises:
        ConfigError: an argument is out of range, or the backbone does not say its channels.
        DataError: there are no such images.
    """

    def __init__(
        self,
        model: Model,
        config: Config,
        images: Any,
        scale_rate: int = 1,
        weight: float = 1.0,
        strength: float = 1.0,
        channels: int = 256,
    ) -> None:
        if scale_rate < 1 or channels < 1 or weight < 0 or strength < 0:
            raise ConfigError(
                f"domain-adaptation: scale_rate and channels must be 1 or more, weight and "
                f"strength 0 or more; got {scale_rate}, {channels}, {weight:g}, {strength:g}"
            )
        seen = getattr(model.backbone, "out_channels", None)  # type: ignore[attr-defined]
        if not isinstance(seen, int):
            raise ConfigError(
                "domain-adaptation needs the number of the features: give model.backbone an "
                "attribute `out_channels`"
            )
        self.scale_rate, self.weight, self.strength = scale_rate, weight, strength
        self.paths = find(images)
        self.discriminator = Discriminator(seen, channels)
        self.variables = named_weights(self.discriminator)

    def samples(self, skeleton: Skeleton) -> list[Sample]:
        """Return the unlabelled images, each `scale_rate` times."""
        once = [unlabelled(path, skeleton, TARGET, 0) for path in self.paths]
        more = [
            unlabelled(path, skeleton, TARGET, i)
            for i in range(1, self.scale_rate)
            for path in self.paths
        ]
        return once + more

    def losses(self, features: tf.Tensor, targets: Tensors, progress: tf.Tensor) -> Tensors:
        """Return `loss`, and for the log `domain_loss`, the discriminator's cross entropy,
        `domain_accuracy`, how many images it tells right, and `domain_strength`, how much of its
        gradient reaches the backbone.

        Args:
            features: `[N, h, w, C]`.
            targets: with `label` `[N]`, 1 for an unlabelled image.
            progress: float32 from 0 to 1.
        """
        strength = self.strength * grown(progress)
        logits = self.discriminator.forward(reverse_gradient(features, strength))
        domain = tf.cast(targets["label"] == TARGET, tf.float32)
        loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=domain, logits=logits))
        right = tf.cast((logits > 0) == (domain > 0.5), tf.float32)
        return {
            "loss": self.weight * loss,
            "domain_loss": loss,
            "domain_accuracy": tf.reduce_mean(right),
            "domain_strength": strength,
        }
