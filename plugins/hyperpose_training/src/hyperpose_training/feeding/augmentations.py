"""The augmentations of a configuration: which they are, in which order, with which seeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import tensorflow as tf

from hyperpose_core.config import DataConfig
from hyperpose_core.config.calls import AugmentationCall
from hyperpose_core.contracts import PlacedImage, Placement
from hyperpose_core.errors import ConfigError, HyperposeError
from hyperpose_core.registry import Registry
from hyperpose_core.specs import AugmentationSpec
from hyperpose_training.feeding.placed import checked_image, checked_matrix

Augment = Callable[[Any, tf.Tensor], Any]
"""A `contracts.Augmentation` or `PlacingAugmentation` that has its arguments."""


@dataclass(frozen=True)
class Augmentations:
    """Those of one training, each with its number, which its seed depends on."""

    placing: tuple[tuple[int, Augment], ...] = ()
    changing: tuple[tuple[int, Augment], ...] = ()

    @classmethod
    def of(cls, data: DataConfig, registry: Registry) -> Augmentations:
        """Return those of the settings, then the named ones, then the user's own.

        Where `data.augmentations` names one of the settings', it comes there instead of first.

        Raises:
            UnknownComponentError, PluginError: no plugin offers it, or its plugin cannot be used.
            ConfigError: it does not take the arguments that it is given.
        """
        if not data.augment:
            return cls()
        usual = _of_settings(data, registry)
        named = [(_spec(call, registry), call) for call in data.augmentations]
        first = [
            (0, spec, call)
            for spec, call in usual.items()
            if spec not in dict(named) and call.arguments.get("strength") != 0
        ]
        placing, changing = [], []
        for number, spec, call in [*first, *((n, *one) for n, one in enumerate(named, 1))]:
            settings = usual[spec].arguments if spec in usual else {}
            call = AugmentationCall(call.name, {**settings, **call.arguments})
            bound, naming = registry.bind(call, given=2), registry.naming(call.kind, call.name)
            if spec.places:
                placing.append((number, naming(checked_matrix(bound))))
            else:
                changing.append((number, naming(checked_image(bound))))
        if data.augmentation is not None:
            changing.append((len(named) + 1, _own(data.augmentation)))
        return cls(tuple(placing), tuple(changing))

    def place(self, placement: Placement, seed: tf.Tensor) -> tf.Tensor:
        """Return the matrix from the image to the input, `[3, 3]` float32."""
        for number, augment in self.placing:
            placement = replace(placement, matrix=augment(placement, _seed(seed, number)))
        return placement.matrix

    def change(self, placed: PlacedImage, seed: tf.Tensor) -> PlacedImage:
        """Return the placed image as the network is to see it."""
        for number, augment in self.changing:
            placed = augment(placed, _seed(seed, number))
        return placed


def _of_settings(data: DataConfig, registry: Registry) -> dict[AugmentationSpec, AugmentationCall]:
    """Return the usual ones, which have settings of `data` for arguments."""
    settings = {
        "training/affine": {n: getattr(data, n) for n in ("rotation", "scale", "shift", "flip")},
        "training/color": {"strength": data.color},
    }
    calls = [AugmentationCall(name, arguments) for name, arguments in settings.items()]
    return {_spec(call, registry): call for call in calls}


def _spec(call: AugmentationCall, registry: Registry) -> AugmentationSpec:
    return cast(AugmentationSpec, registry.get(call.kind, call.name))


def _seed(seed: tf.Tensor, number: int) -> tf.Tensor:
    """Return another seed for every number but 0: what the settings say draws from the image's."""
    return tf.random.fold_in(seed, tf.constant(number, tf.int64)) if number else seed


def _own(augment: Augment) -> Augment:
    """Let errors of the user's function name it."""
    name = getattr(augment, "__name__", type(augment).__name__)
    checked = checked_image(augment)

    def named(placed: PlacedImage, seed: tf.Tensor) -> PlacedImage:
        try:
            return checked(placed, seed)
        except HyperposeError:
            raise
        except Exception as error:
            raise ConfigError(
                f"your augmentation {name} failed: {type(error).__name__}: {error}"
            ) from error

    return named
