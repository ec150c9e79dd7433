"""Arrays: annotations and maps between the forms of 2021 and those of the family's functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.contracts import Size
from hyperpose_core.errors import InputError
from hyperpose_core.registry import Registry
from hyperpose_core.skeletons import Skeleton

Floats = NDArray[np.float32]


def people(
    annos: Sequence[Any], annotated: Skeleton, wanted: Skeleton, registry: Registry
) -> Floats:
    """Return people as `[P, K, 3]` keypoints of the wanted skeleton.

    Args:
        annos: for each person the keypoints of `annotated`, or of `wanted`, in order: `[x, y]`,
            negative where not annotated, or `[x, y, visibility]`.
        annotated, wanted: the dataset's skeleton and the model's.
        registry: has the plugins' converters.

    Raises:
        InputError: a person has another number of keypoints, or is not a list of points.
    """
    if not len(annos):
        return np.zeros((0, len(wanted), 3), np.float32)
    points = np.stack([_person(person, annotated, wanted) for person in annos])
    if points.shape[1] != len(annotated):
        return points
    from hyperpose_core.skeletons.converters import convert

    return np.asarray(convert(points, annotated, wanted, registry), np.float32)


def _person(person: Any, annotated: Skeleton, wanted: Skeleton) -> Floats:
    try:
        points = np.asarray(person, np.float32)
    except (TypeError, ValueError):
        points = np.zeros(0, np.float32)
    if (
        points.ndim != 2
        or points.shape[1] not in (2, 3)
        or len(points) not in _counts(annotated, wanted)
    ):
        raise InputError(
            f"a person is a list of keypoints [x, y] or [x, y, visibility], "
            f"{len(annotated)} of skeleton {annotated.name} or {len(wanted)} of {wanted.name}; "
            f"got an array of shape {points.shape}"
        )
    if points.shape[1] == 3:
        return points
    seen = 2.0 * (points >= 0).all(axis=1, keepdims=True)
    return np.concatenate([points, seen], axis=1, dtype=np.float32)


def _counts(*skeletons: Skeleton) -> set[int]:
    return {len(skeleton) for skeleton in skeletons}


def resized(points: Floats, image_size: Size, input_size: Size) -> Floats:
    """Move `[P, K, 3]` keypoints from an image to the same image stretched to the input's size."""
    scale = np.asarray(input_size, np.float32) / np.asarray(image_size, np.float32)
    moved = (points[..., :2] + 0.5) * scale - 0.5
    return np.concatenate([moved, points[..., 2:]], axis=-1, dtype=np.float32)


def boxes_around(points: Floats) -> Floats:
    """Return `[P, 4]` boxes x, y, width, height around the annotated of `[P, K, 3]` keypoints."""
    boxes = np.zeros((len(points), 4), np.float32)
    for box, person in zip(boxes, points, strict=True):
        known = person[person[:, 2] > 0, :2]
        if len(known):
            box[:2], box[2:] = known.min(axis=0), np.ptp(known, axis=0)
    return boxes


def tensors(points: Floats, input_size: Size) -> tuple[Any, Any, Any]:
    """Return keypoints, boxes and a mask that is 1 everywhere, as a preprocessor encodes them."""
    import tensorflow as tf

    mask = np.ones((input_size[1], input_size[0], 1), np.float32)
    return tf.constant(points), tf.constant(boxes_around(points)), tf.constant(mask)


def to_layout(target: Any, data_format: str) -> Floats:
    """Return one image's target as an array, `[C, h, w]` in channels_first."""
    array = np.asarray(target)
    if _is_channels_first(data_format) and array.ndim == 3:
        array = array.transpose(2, 0, 1)
    return np.ascontiguousarray(array)


def from_layout(maps: Sequence[Any], data_format: str | None) -> list[Floats]:
    """Return one image's maps as `[h, w, C]` arrays.

    Args:
        maps: `[h, w, C]` or, in channels_first, `[C, h, w]`, each with or without a leading 1.
        data_format: None: the layout in which all maps have the same height and width.

    Raises:
        InputError: the maps are of several images, or have another number of dimensions.
    """
    arrays = [_one_image(np.asarray(array, np.float32)) for array in maps]
    first = (
        _looks_channels_first(arrays) if data_format is None else _is_channels_first(data_format)
    )
    return [array.transpose(1, 2, 0) for array in arrays] if first else arrays


def to_image(image: Any) -> NDArray[np.uint8]:
    """Return an RGB image as `[H, W, 3]` uint8, from uint8 or from floats in [0, 1]."""
    array = _one_image(np.asarray(image))
    if array.shape[0] == 3 and array.shape[2] != 3:
        array = array.transpose(1, 2, 0)
    if array.dtype != np.uint8:
        array = np.rint(np.clip(array, 0.0, 1.0) * 255).astype(np.uint8)
    return np.ascontiguousarray(array)


def _one_image(array: NDArray[Any]) -> NDArray[Any]:
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != 3:
        raise InputError(
            f"maps and pictures of one image have three dimensions; got the shape {array.shape}: "
            f"give the images of a batch one by one"
        )
    return array


def _looks_channels_first(arrays: Sequence[Floats]) -> bool:
    last = len({array.shape[:2] for array in arrays}) == 1
    return not last and len({array.shape[1:] for array in arrays}) == 1


def _is_channels_first(data_format: str) -> bool:
    if data_format not in ("channels_first", "channels_last"):
        raise InputError(
            f"data_format must be channels_first or channels_last; got {data_format!r}"
        )
    return data_format == "channels_first"
