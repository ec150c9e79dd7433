"""Processors: a model family's three functions, called as the tutorial of 2021 calls them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hyperpose import _arrays
from hyperpose_core.build.known_skeletons import named_skeleton
from hyperpose_core.build.skeleton import (
    USERDEF,
    dataset_skeleton,
    model_skeleton,
    model_spec,
    model_stride,
    skeleton_name,
)
from hyperpose_core.config import Config, DataConfig, ModelConfig
from hyperpose_core.errors import InputError
from hyperpose_core.registry import get_registry
from hyperpose_core.skeletons import Skeleton

if TYPE_CHECKING:
    from hyperpose_core.data.humans import Human


class _Processor:
    """What the three have in common: the family's component and the model's skeletons.

    Args:
        model_type: a member of `Config.MODEL` or its name.
        config: whose own keypoints (`set_model_parts`) and options count; None: the model's
            keypoints for the dataset, and the defaults.

    Raises:
        UnknownComponentError, PluginError: there is no such model, or its family's component.
    """

    kind = ""

    def __init__(self, model_type: str, config: Config | None = None) -> None:
        self.registry = get_registry()
        own = config.model.skeleton if config else None
        self.own = named_skeleton(own, self.registry) if isinstance(own, str) else own
        self.options = config.model.options if config else {}
        self.spec = model_spec(model_type, self.registry)
        chosen = ModelConfig(type=model_type, options=dict(self.options))
        self.stride = model_stride(chosen, self.registry)
        self.component = self.registry.for_family(self.kind, self.spec.family)

    def skeletons(self, dataset_type: str) -> tuple[Skeleton, Skeleton]:
        """Return the dataset's skeleton and the one that the model has for it."""
        config = Config(data=DataConfig(type=dataset_type))
        name: str | None = "coco"
        if dataset_type != USERDEF:
            name = skeleton_name(config, self.spec, self.registry)
        annotated = dataset_skeleton(name, config, self.registry)
        known = self.own or model_skeleton(self.spec, name or annotated.name)
        return annotated, known or annotated


class Preprocess(_Processor):
    """Makes the targets of one image."""

    kind = "preprocessor"

    def __call__(
        self,
        annos: Sequence[Any],
        img_height: int,
        img_width: int,
        model_hout: int,
        model_wout: int,
        dataset_type: str,
        data_format: str = "channels_first",
    ) -> tuple[Any, ...]:
        """Encode people.

        Args:
            annos: for each person the keypoints of the dataset, or of the model, in order:
                `[x, y]`, negative where not annotated, or `[x, y, visibility]`; in pixels of the
                image.
            img_height, img_width: of the image.
            model_hout, model_wout: height and width of the model's maps.
            dataset_type: a member of `Config.DATA`, or its name.
            data_format: layout of the targets.

        Returns:
            the targets in the family's order (openpose: confidence maps, part affinity fields),
            float32 arrays `[C, h, w]`, in channels_last `[h, w, C]`.

        Raises:
            InputError: a person has neither the dataset's nor the model's number of keypoints.
        """
        annotated, skeleton = self.skeletons(dataset_type)
        size = (model_wout * self.stride, model_hout * self.stride)
        people = _arrays.people(annos, annotated, skeleton, self.registry)
        people = _arrays.resized(people, (img_width, img_height), size)
        encoder = self.component(
            skeleton=skeleton,
            input_size=size,
            stride=self.stride,
            options=self.options,
        )
        targets = encoder.encode(*_arrays.tensors(people, size))
        maps = [value for name, value in targets.items() if name != "mask"]
        return tuple(_arrays.to_layout(value, data_format) for value in maps)


class Postprocess(_Processor):
    """Finds the people in the maps of one image."""

    kind = "postprocessor"

    def __call__(
        self, *maps: Any, dataset_type: str | None = None, data_format: str | None = None
    ) -> list[Human]:
        """Decode maps, the dataset's type after them as in 2021 or by its name.

        Args:
            maps: what the model's `forward` returned (openpose: confidence maps, part affinity
                fields), of one image, with or without the batch's dimension.
            dataset_type: a member of `Config.DATA`, or its name.
            data_format: layout of the maps; None: seen from their shapes.

        Returns:
            people, keypoints in pixels of the network's input, the surest first.
        """
        if dataset_type is None and maps and isinstance(maps[-1], str):
            *rest, dataset_type = maps
            maps = tuple(rest)
        if dataset_type is None:
            raise InputError(
                "postprocess needs the dataset's type after the maps: Config.DATA.COCO"
            )
        _, skeleton = self.skeletons(dataset_type)
        decode = self.component(skeleton=skeleton, stride=self.stride, options=self.options)
        humans: list[Human] = decode(_arrays.from_layout(maps, data_format))
        return humans


class Visualize(_Processor):
    """Draws the maps of one image over it."""

    kind = "visualizer"

    def __call__(
        self,
        image: Any,
        *maps: Any,
        save_name: str = "maps",
        save_dir: str | Path = "./save_dir/vis_dir",
        dataset_type: str | None = None,
        data_format: str | None = None,
    ) -> Path:
        """Write the picture `save_dir/<save_name>_visualize.png` and return its path.

        Args:
            image: RGB, `[H, W, 3]` or `[3, H, W]`, uint8 or float in [0, 1].
            maps: as `Postprocess` takes them.
            save_name, save_dir: where to write.
            dataset_type: whose keypoints the maps show; None: COCO's.
            data_format: layout of the maps; None: seen from their shapes.
        """
        from hyperpose_core.data.drawing import save_picture

        skeleton = self.skeletons(dataset_type or USERDEF)[1]
        picture = self.component(
            _arrays.to_image(image), _arrays.from_layout(maps, data_format), skeleton
        )
        path = Path(save_dir) / f"{save_name}_visualize.png"
        save_picture(path, picture)
        return path
