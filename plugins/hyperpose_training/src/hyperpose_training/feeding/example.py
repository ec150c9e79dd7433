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
from hyperpose_core.pipeline.decoding import decode_image
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.support.promises import broken, calling
from hyperpose_training import affine
from hyperpose_training.feeding.source import Source

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
        annotated = source[source.number(counter, seed)]
        image = _read(annotated.path, annotated.size)
        key = tf.stack([tf.constant(seed, tf.int64), counter])
        image_size = tf.cast(tf.reverse(tf.shape(image)[:2], [0]), tf.float32)
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
        placed = PlacedImage(
            _warp_image(image, matrix, config),
            _move_keypoints(annotated.keypoints, matrix, flip, config),
            affine.move_boxes(matrix, annotated.boxes),
            _warp_mask(annotated.mask, matrix, config),
            skeleton,
        )
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


def _read(path: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Fail where the file has another size than annotated; one pixel is somebody's rounding."""
    image = decode_image(tf.io.read_file(path))
    stored = tf.reverse(tf.shape(image)[:2], [0])
    fits = tf.reduce_all(tf.abs(stored - size) <= 1) | tf.reduce_any(size == 0)
    with tf.control_dependencies([tf.debugging.Assert(fits, [stored, size])]):
        return tf.identity(image)


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


def _warp_image(image: tf.Tensor, matrix: tf.Tensor, config: Config) -> tf.Tensor:
    """Return the network's input, `[H, W, 3]` float32 in [0, 1]."""
    width, height = config.model.size
    image = affine.warp(image, matrix, tf.constant([width, height]), fill=114.0)
    return tf.ensure_shape(tf.cast(image, tf.float32) / 255.0, [height, width, 3])


def _warp_mask(mask: tf.Tensor, matrix: tf.Tensor, config: Config) -> tf.Tensor:
    """Return a mask of PNG bytes as `[H, W, 1]` float32, 1 for what counts; empty: all does.

    What lies outside the image counts: nobody is there; but not where nothing inside counts.
    """
    width, height = config.model.size

    def warped() -> tf.Tensor:
        decoded = tf.io.decode_png(mask, channels=1)
        moved = affine.warp(decoded, matrix, tf.constant([width, height]), fill=255.0)
        counts = tf.reduce_any(decoded > 0)
        return tf.where(counts, tf.cast(moved, tf.float32) / 255.0, 0.0)

    result = tf.cond(tf.strings.length(mask) > 0, warped, lambda: tf.ones([height, width, 1]))
    return tf.ensure_shape(result, [height, width, 1])
