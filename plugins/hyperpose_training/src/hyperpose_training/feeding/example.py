"""Examples: images with targets, augmented and encoded inside `tf.data`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping

import tensorflow as tf

from hyperpose_core.config import Config
from hyperpose_core.contracts import (
    Augmentations,
    PlacedImage,
    Placement,
    Preprocessor,
    Tensors,
)
from hyperpose_core.errors import PluginError
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.support.promises import broken, calling
from hyperpose_training import affine
from hyperpose_training.feeding import pixels
from hyperpose_training.feeding.source import Annotated, Source

RESERVED = ("image", "counter", "label")
"""What the pipeline gives beside the targets."""


def example_maker(
    source: Source,
    preprocessor: Preprocessor,
    skeleton: Skeleton,
    config: Config,
    augmentations: Augmentations | None = None,
) -> Callable[[tf.Tensor], dict[str, tf.Tensor]]:
    """Return the function from a position in the training's order to an image with its targets.

    Args:
        augmentations: None: every image is placed whole in the middle, and stays as it is.
    """
    if source.partly_labelled:
        _check_takes_labels(preprocessor)
    seed, input_size = config.train.seed, tf.constant(config.model.size, tf.float32)

    def example(counter: tf.Tensor) -> dict[str, tf.Tensor]:
        number = source.number(counter, seed)
        annotated = source[number]
        file = _read(annotated)
        key = tf.stack([tf.constant(seed, tf.int64), counter])
        image_size = tf.cast(file.size, tf.float32)
        placement = Placement(
            affine.fit(image_size, input_size, config.eval.fit),
            image_size,
            input_size,
            annotated.keypoints,
            annotated.boxes,
            skeleton,
        )
        matrix = augmentations.place(placement, key) if augmentations else placement.matrix
        flip = tf.where(affine.mirrors(matrix), skeleton.flip, tuple(range(len(skeleton))))
        image, mask = pixels.placed(file, matrix, config.model.size, source.mask, number)
        keypoints = _move_keypoints(annotated.keypoints, matrix, flip, config)
        boxes = affine.move_boxes(matrix, annotated.boxes)
        placed = PlacedImage(image, keypoints, boxes, mask, skeleton)
        placed = augmentations.change(placed, key) if augmentations else placed
        people = [placed.keypoints, placed.boxes, placed.mask]
        if annotated.labelled is not None:
            people.append(tf.gather(annotated.labelled, flip))
        targets = encoded(preprocessor, *people)
        label = {} if annotated.label is None else {"label": annotated.label}
        return {"image": placed.image, "counter": counter, **targets, **label}

    return example


def encoded(preprocessor: Preprocessor, *people: tf.Tensor) -> Tensors:
    """Return the targets of one image; PluginError where they are none, or hide what is not."""
    with calling(preprocessor, "encode"):
        targets = preprocessor.encode(*people)
    if not isinstance(targets, Mapping):
        raise broken(preprocessor, "encode", "tensors by name", type(targets).__name__)
    if taken := [name for name in targets if name in RESERVED]:
        promised = f"targets not called {', '.join(RESERVED)}"
        raise broken(preprocessor, "encode", promised, f"one called {taken[0]!r}")
    return targets


def _read(annotated: Annotated) -> pixels.ImageFile:
    """Fail where the file has another size than annotated; one pixel is somebody's rounding."""
    file, size = pixels.read(annotated.path), annotated.size
    fits = tf.reduce_all(tf.abs(file.size - size) <= 1) | tf.reduce_any(size == 0)
    with tf.control_dependencies([tf.debugging.Assert(fits, [file.size, size])]):
        return file._replace(size=tf.identity(file.size))


def _check_takes_labels(preprocessor: Preprocessor) -> None:
    """Raise PluginError for a preprocessor that would teach unknown keypoints as absent ones."""
    try:
        inspect.signature(preprocessor.encode).bind(*range(4))
    except TypeError as error:
        raise PluginError(
            f"the dataset does not annotate all of the model's keypoints, and encode of the "
            f"preprocessor {type(preprocessor).__name__} takes no `labelled` after the mask: see "
            f"hyperpose_core.contracts.Preprocessor"
        ) from error


def _move_keypoints(
    keypoints: tf.Tensor, matrix: tf.Tensor, flip: tf.Tensor, config: Config
) -> tf.Tensor:
    """Move keypoints with the image; those that are mirrored take each other's places."""
    points = affine.move_points(matrix, keypoints[..., :2])
    moved = tf.concat([points, keypoints[..., 2:]], -1)
    return affine.hide_outside(tf.gather(moved, flip, axis=1), config.model.size)
