"""Families: the three functions that models of one kind share, made ready for one configuration."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.build import completed, resolve_skeleton
from hyperpose_core.build.skeleton import model_spec, model_stride
from hyperpose_core.config import Config
from hyperpose_core.contracts import Postprocessor, Preprocessor, Visualizer
from hyperpose_core.data.humans import Human
from hyperpose_core.registry import Registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.support.promises import broken, calling, made


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
        """Make the family's functions for the configured model.

        Raises:
            UnknownComponentError, PluginError: one of them is missing, or cannot be made.
            ConfigError: `model.postprocessor` serves another family.
        """
        model = completed(config, registry).model
        spec = model_spec(model.type, registry)
        stride, skeleton = model_stride(model, registry), resolve_skeleton(config, registry)
        common = {"skeleton": skeleton, "stride": stride, "options": model.options}
        with registry.needed_by(spec.kind, model.type):
            targets, pictures = (
                registry.for_family(kind, spec.family) for kind in ("preprocessor", "visualizer")
            )
        wanted = nullcontext() if model.postprocessor else registry.needed_by(spec.kind, model.type)
        with wanted:
            people = registry.for_family("postprocessor", spec.family, model.postprocessor)
        return cls(
            name=spec.family,
            skeleton=skeleton,
            stride=stride,
            preprocessor=made(targets, **common, input_size=model.size),
            postprocessor=made(people, **common),
            visualizer=pictures,
        )

    def people(self, maps: Sequence[NDArray[np.float32]]) -> list[Human]:
        """Return the people in the maps of one image, in pixels of the network's input.

        Raises:
            PluginError: the postprocessor fails, or returns what are no people.
        """
        with calling(self.postprocessor, "its call"):
            humans = list(self.postprocessor(maps))
        own = getattr(self.postprocessor, "auxiliary", False)  # then its people may have fewer
        for human in humans:
            shape = (len(human.skeleton if own else self.skeleton), 3)
            numbers = np.append(human.keypoints, human.score)
            if np.shape(human.keypoints) != shape or not np.isfinite(numbers).all():
                promised = f"people with finite keypoints {list(shape)} and a finite score"
                raise broken(self.postprocessor, "its call", promised, f"{numbers.tolist()!s:.80}")
        return humans

    def picture(
        self, image: NDArray[np.uint8], maps: Sequence[NDArray[np.float32]]
    ) -> NDArray[np.uint8]:
        """Return a picture of the maps of one image.

        Raises:
            PluginError: the visualizer fails, or returns what is no picture.
        """
        with calling(self.visualizer, "its call"):
            picture = self.visualizer(image, maps, self.skeleton)
        found = f"{getattr(picture, 'dtype', type(picture).__name__)} {list(np.shape(picture))}"
        if getattr(picture, "dtype", None) != np.uint8 or np.shape(picture)[2:] != (3,):
            raise broken(self.visualizer, "its call", "a picture uint8 [h, w, 3]", found)
        return picture
