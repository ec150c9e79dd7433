"""Families: the three functions that models of one kind share, made ready for one configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hyperpose_core.build import completed, resolve_skeleton
from hyperpose_core.config import Config
from hyperpose_core.contracts import Postprocessor, Preprocessor, Visualizer
from hyperpose_core.registry import Registry
from hyperpose_core.skeletons import Skeleton

if TYPE_CHECKING:
    from hyperpose_core.specs import ModelSpec


@dataclass(frozen=True)
class Family:
    """Preprocessor, postprocessor and visualizer for a model's skeleton and size.

    Args:
        stride: pixels of the network's input per cell of its maps.
    """

    name: str
    skeleton: Skeleton
    stride: int
    preprocessor: Preprocessor
    postprocessor: Postprocessor
    visualizer: Visualizer

    @classmethod
    def of(cls, config: Config, registry: Registry) -> Family:
        """Make the family's functions for the configured model."""
        spec: ModelSpec = registry.get("model", config.model.type)  # type: ignore[assignment]
        skeleton = resolve_skeleton(config, registry)
        options = config.model.options
        preprocessor = registry.for_family("preprocessor", spec.family)
        postprocessor = registry.for_family("postprocessor", spec.family)
        return cls(
            name=spec.family,
            skeleton=skeleton,
            stride=spec.stride,
            preprocessor=preprocessor(
                skeleton=skeleton,
                input_size=completed(config, registry).model.size,
                stride=spec.stride,
                options=options,
            ),
            postprocessor=postprocessor(skeleton=skeleton, stride=spec.stride, options=options),
            visualizer=registry.for_family("visualizer", spec.family),
        )
