"""Adapters: the user's own classes of 2021 in the places of a family's three functions."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose._augmentor import ABSENT
from hyperpose._classes import NAMES
from hyperpose._own_errors import naming
from hyperpose._parts import parts_of
from hyperpose_core.build import completed
from hyperpose_core.build.skeleton import model_spec, model_stride
from hyperpose_core.config import Config
from hyperpose_core.contracts import Model, Preprocessor, Tensors
from hyperpose_core.data.humans import Human
from hyperpose_core.errors import ConfigError
from hyperpose_core.registry import Registry
from hyperpose_core.skeletons import Skeleton

OUTPUTS = {"openpose": ("conf_map", "paf_map"), "poseproposal": tuple("cixywhe")}
"""By family, what 2021 called the maps of `forward`, in our order; of others their numbers."""


class WithOwn(Registry):
    """The registry in which the user's classes stand for the functions of the model's family.

    Args:
        registry: has everything else.
        own: the user's classes by kind.
        config: whose model they serve.
    """

    def __init__(self, registry: Registry, own: Mapping[str, Any], config: Config) -> None:
        super().__init__(registry.records)
        self.own, self.config = own, completed(config, registry)
        self.adapters: dict[str, Callable[[Any], Any]] = {
            "preprocessor": self._preprocessor,
            "postprocessor": self._postprocessor,
            "visualizer": self._visualizer,
        }

    def for_family(self, kind: str, family: str, name: str | None = None) -> Any:
        """Return the user's class of this kind, adapted, else the family's component."""
        found = super().for_family(kind, family, name)
        if kind not in self.own or kind not in self.adapters:
            return found
        return self.adapters[kind](found)

    def made(self, kind: str, **more: Any) -> Any:
        """Call the user's class as 2021 does, with parts, limbs, sizes and colours."""
        model = self.config.model
        spec, skeleton = model_spec(model.type, self), model.skeleton
        assert isinstance(skeleton, Skeleton)  # `completed` found it
        stride, (width, height) = model_stride(model, self), model.size
        given = {
            "parts": parts_of(skeleton, background=spec.family == "openpose"),
            "limbs": list(skeleton.limbs),
            "colors": [list(color) for color in skeleton.colors],
            **{"hin": height, "win": width},
            **{"hout": height // stride, "wout": width // stride},
            "data_format": "channels_first",
        }
        with naming(kind, self.own[kind]):
            return self.own[kind](**given, **more)

    def _preprocessor(self, family: Any) -> Any:
        def make(**settings: Any) -> OwnPreprocessor:
            return OwnPreprocessor(family(**settings), self.made("preprocessor"))

        return make

    def _postprocessor(self, family: Any) -> Any:
        names = OUTPUTS.get(model_spec(self.config.model.type, self).family)
        return lambda *, skeleton, **_: OwnPostprocessor(
            self.made("postprocessor"), skeleton, names
        )

    def _visualizer(self, family: Any) -> Any:
        names = OUTPUTS.get(model_spec(self.config.model.type, self).family)
        return functools.partial(_draw, self.made, names)


class OwnPreprocessor:
    """Makes the targets by the user's `process`, and all else as the family does.

    Raises:
        ConfigError: what `process` returns for a first, empty image does not fit the family.
    """

    def __init__(self, family: Preprocessor, own: Any) -> None:
        self.family, self.own = family, own
        self.map_names = family.map_names
        if names := getattr(family, "own_keypoints", ()):
            self.own_keypoints = names
        self._try()

    def encode(self, keypoints: Any, boxes: Any, mask: Any, labelled: Any = None) -> Tensors:
        """Make the targets of one image; see `contracts.Preprocessor`."""
        import tensorflow as tf

        targets = self.family.encode(keypoints, boxes, mask, labelled)
        names = list(dict.fromkeys(self.map_names))
        made = tf.numpy_function(
            functools.partial(self._process, names),
            [keypoints, boxes, mask],
            [tf.float32] * len(names),
        )
        own = {n: tf.ensure_shape(m, targets[n].shape) for n, m in zip(names, made, strict=True)}
        return {**targets, **own}

    def losses(self, model: Model, outputs: Sequence[Any], targets: Tensors) -> Tensors:
        """Call the model's loss as the family does."""
        return self.family.losses(model, outputs, targets)

    def _process(
        self, names: list[str], keypoints: Any, boxes: Any, mask: Any
    ) -> list[NDArray[np.float32]]:
        annos = np.where(keypoints[..., 2:] > 0, keypoints[..., :2], ABSENT)
        with naming("preprocessor", self.own):
            found = self.own.process([list(person) for person in annos], mask[None, ..., 0], boxes)
        listed = list(found.values())
        picked = [found.get(NAMES.get(n, n), found.get(n)) for n in names]
        if any(array is None for array in picked):
            picked = listed
        if len(picked) < len(names):
            raise ConfigError(
                f"{type(self.own).__name__}.process returned {len(picked)} maps, {', '.join(found)}"
                f": the model learns from {len(names)}, {', '.join(NAMES.get(n, n) for n in names)}"
            )
        maps = [np.asarray(array, np.float32) for array in picked[: len(names)]]
        return [np.ascontiguousarray(np.moveaxis(array, 0, -1)) for array in maps]

    def _try(self) -> None:
        """Make the targets of an empty image, so that what does not fit is said before training."""
        import tensorflow as tf

        width, height = self.family.input_size  # type: ignore[attr-defined]
        count = len(self.family.skeleton)  # type: ignore[attr-defined]
        nobody = tf.zeros([0, count, 3]), tf.zeros([0, 4]), tf.ones([height, width, 1])
        expected = self.family.encode(*nobody)
        names = list(dict.fromkeys(self.map_names))
        made = self._process(names, *(array.numpy() for array in nobody))
        for name, array in zip(names, made, strict=True):
            if tuple(array.shape) != tuple(expected[name].shape):
                height, width, channels = expected[name].shape
                raise ConfigError(
                    f"{type(self.own).__name__}.process returned {NAMES.get(name, name)} of shape "
                    f"{list(np.moveaxis(array, -1, 0).shape)}: the model learns from "
                    f"{[channels, height, width]}"
                )


class OwnPostprocessor:
    """Finds people by the user's `process`."""

    def __init__(self, own: Any, skeleton: Skeleton, names: Sequence[str] | None) -> None:
        self.own, self.skeleton, self.names = own, skeleton, names

    def __call__(self, outputs: Sequence[NDArray[np.float32]]) -> list[Human]:
        """Decode the maps of one image, `[h, w, C]` each; the surest person first."""
        with naming("postprocessor", self.own):
            [found] = self.own.process(_batch(outputs, self.names))
        humans = [_as_ours(human, self.skeleton) for human in found]
        return sorted(humans, key=lambda human: -human.score)


def _draw(
    made: Callable[..., Any],
    names: Sequence[str] | None,
    image: NDArray[np.uint8],
    maps: Sequence[NDArray[np.float32]],
    skeleton: Skeleton,
) -> NDArray[np.uint8]:
    """Let the user's visualizer write a picture, and return it."""
    from hyperpose_core.inference.predictor import read_image

    batch = np.moveaxis(image, -1, 0)[None].astype(np.float32) / 255.0
    with tempfile.TemporaryDirectory(prefix="hyperpose-picture-") as folder:
        own = made("visualizer", save_dir=folder)
        with naming("visualizer", own):
            own.visualize(image_batch=batch, predict_x=_batch(maps, names), name="vis")
        written = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        if not written:
            raise ConfigError(f"{type(own).__name__}.visualize wrote no picture into its save_dir")
        return read_image(written[0])


def _batch(maps: Sequence[NDArray[np.float32]], names: Sequence[str] | None) -> dict[str, Any]:
    names = names or [f"map_{n}" for n in range(len(maps))]
    return {n: np.moveaxis(m, -1, 0)[None] for n, m in zip(names, maps, strict=False)}


def _as_ours(human: Any, skeleton: Skeleton) -> Human:
    """Return a person of ours, from one of ours or one with the `body_parts` of 2021."""
    if isinstance(human, Human):
        return human
    points = np.zeros((len(skeleton), 3), np.float32)
    for index, part in human.body_parts.items():
        points[index] = part.x, part.y, part.score
    return Human(points, float(human.score), skeleton)
