"""Classes: a family's three functions as the classes of 2021, which work on batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hyperpose import _arrays
from hyperpose._bases import BasicPostProcessor, BasicPreProcessor, BasicVisualizer
from hyperpose._humans import Human, with_methods
from hyperpose._parts import skeleton_of
from hyperpose_core.build import completed
from hyperpose_core.build.skeleton import model_spec, model_stride
from hyperpose_core.config import Config
from hyperpose_core.errors import InputError
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.skeletons import Skeleton

NAMES = {"gt_conf": "conf_map", "gt_paf": "paf_map"}
"""Our names of targets, and those of 2021."""


def family_part(own: Any, make: bool = True) -> tuple[Any, Any]:
    """Return the component of the model's family that a class of its kind stands for.

    Args:
        own: of a class of `bound`, with the parts and limbs that it was made with.
        make: whether the component is called with the skeleton, stride and options.

    Returns:
        the component, or what it made, and the skeleton.
    """
    registry = get_registry()
    config = completed(own.config or Config(), registry)
    spec = model_spec(config.model.type, registry)
    known = config.model.skeleton
    assert isinstance(known, Skeleton)  # `completed` found it
    skeleton = skeleton_of(own.parts, own.limbs, known)
    component = registry.for_family(own.kind, spec.family)
    if not make:
        return component, skeleton
    settings = {"skeleton": skeleton, "options": {**config.model.options, **own.options}}
    settings["stride"] = (
        own.hin // own.hout if own.hin and own.hout else model_stride(config.model, registry)
    )
    if own.kind == "preprocessor":
        width, height = config.model.size
        settings["input_size"] = (own.win or width, own.hin or height)
    return component(**settings), skeleton


def bound(kind: type, config: Config, registry: Registry) -> type:
    """Return a class that knows the configuration whose model it serves."""
    model_spec(config.model.type, registry)
    return type(kind.__name__, (kind,), {"config": config, "__doc__": kind.__doc__})


def images_of(maps: Any) -> list[list[Any]]:
    """Return the maps of each image, `[h, w, C]`, from those of a batch in either layout.

    Args:
        maps: what a model's `forward` returned, or a dictionary of maps in that order.

    Raises:
        InputError: they are no batch.
    """
    listed = list(maps.values()) if isinstance(maps, Mapping) else list(maps)
    arrays = [np.asarray(array, np.float32) for array in listed]
    if not arrays or {array.ndim for array in arrays} != {4}:
        shapes = [array.shape for array in arrays]
        raise InputError(f"maps of a batch are [N, C, h, w] or [N, h, w, C]; got {shapes}")
    return [
        _arrays.from_layout([array[n] for array in arrays], None) for n in range(len(arrays[0]))
    ]


class PreProcessor(BasicPreProcessor):
    """Makes targets as the model's family does."""

    def process(self, annos: Sequence[Any], mask: Any, bbxs: Any) -> Mapping[str, Any]:
        """Return the targets of one image.

        Args:
            annos: for each person the model's keypoints, `[x, y]` in pixels of the input, negative
                where not annotated, or `[x, y, visibility]`.
            mask: `[1, hin, win]` or `[hin, win]`, 1 where the loss counts; None: everywhere.
            bbxs: `[P, 4]` x, y, width, height in the same pixels; None: around the keypoints.

        Returns:
            arrays `[C, hout, wout]` by name: those of 2021 for the openpose family.
        """
        encoder, skeleton = family_part(self)
        people = _arrays.people(annos, skeleton, skeleton, get_registry())
        keypoints, boxes, ones = _arrays.tensors(people, encoder.input_size)
        if bbxs is not None and len(bbxs):
            boxes = np.asarray(bbxs, np.float32)
        if mask is not None:
            ones = np.asarray(mask, np.float32).reshape(ones.shape)
        targets = encoder.encode(keypoints, boxes, ones)
        return {
            NAMES.get(name, name): _arrays.to_layout(target, self.data_format)
            for name, target in targets.items()
        }


class PostProcessor(BasicPostProcessor):
    """Finds people as the model's family does; further arguments are options of the family."""

    def process(self, predict_x: Any, resize: bool = True) -> list[list[Human]]:
        """Return the people of each image, in pixels of the network's input, the surest first.

        Args:
            predict_x: what the model's `forward` returned for a batch, or a dictionary of maps.
            resize: the decoders here find places between cells without enlarging the maps; False
                gives the same.
        """
        decode, _ = family_part(self)
        return [with_methods(decode(maps)) for maps in images_of(predict_x)]

    def process_one(self, predict_x: Any, resize: bool = True) -> list[Human]:
        """Return the people of one image, whose maps have no dimension of the batch."""
        maps = list(predict_x.values()) if isinstance(predict_x, Mapping) else list(predict_x)
        return self.process([np.asarray(array)[np.newaxis] for array in maps], resize)[0]


class Visualizer(BasicVisualizer):
    """Draws maps as the model's family does."""

    def visualize(
        self,
        image_batch: Any,
        predict_x: Any,
        mask_batch: Any = None,
        humans_list: Sequence[Any] | None = None,
        name: str = "vis",
    ) -> None:
        """Write `<name>_<n>.png` for each image, and `<name>_<n>_result.png` with its people.

        Args:
            image_batch: RGB in [0, 1], `[N, 3, hin, win]` or `[N, hin, win, 3]`.
            predict_x: as for `PostProcessor`.
            mask_batch: what does not count is darkened; None: everything counts.
            humans_list: the people of each image; None: no pictures of them.
        """
        draw, skeleton = family_part(self, make=False)
        for n, maps in enumerate(images_of(predict_x)):
            image = _shown(image_batch[n], None if mask_batch is None else mask_batch[n])
            self._save(draw(image, maps, skeleton), f"{name}_{n}")
            if humans_list is not None:
                self.visualize_result(image, humans_list[n], f"{name}_{n}_result")

    def visualize_compare(
        self,
        image_batch: Any,
        predict_x: Any,
        target_x: Any,
        mask_batch: Any = None,
        humans_list: Sequence[Any] | None = None,
        name: str = "vis",
    ) -> None:
        """Write the targets above the predictions, else as `visualize`."""
        draw, skeleton = family_part(self, make=False)
        both = zip(images_of(predict_x), images_of(target_x), strict=True)
        for n, (found, true) in enumerate(both):
            image = _shown(image_batch[n], None if mask_batch is None else mask_batch[n])
            rows = [draw(image, maps, skeleton) for maps in (true[: len(found)], found)]
            self._save(np.concatenate(rows, axis=0), f"{name}_{n}")
            if humans_list is not None:
                self.visualize_result(image, humans_list[n], f"{name}_{n}_result")


def _shown(image: Any, mask: Any) -> Any:
    picture = _arrays.to_image(image)
    if mask is None:
        return picture
    counts = np.asarray(mask, np.float32)
    counts = np.broadcast_to(counts.reshape(-1, *picture.shape[:2])[0][..., None], picture.shape)
    return (picture * (0.4 + 0.6 * counts)).astype(np.uint8)


CLASSES = {
    "preprocessor": PreProcessor,
    "postprocessor": PostProcessor,
    "visualizer": Visualizer,
}
