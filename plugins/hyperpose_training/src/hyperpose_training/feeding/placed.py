"""What an augmentation returned: checked, while the input pipeline is traced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import tensorflow as tf

from hyperpose_core.contracts import PlacedImage, Placement
from hyperpose_training.affine import hide_outside


def checked_matrix(
    augment: Callable[[Placement, tf.Tensor], Any],
) -> Callable[[Placement, tf.Tensor], tf.Tensor]:
    """Return a placing augmentation that raises ValueError where it returns no matrix."""

    def checked(placement: Placement, seed: tf.Tensor) -> tf.Tensor:
        matrix = augment(placement, seed)
        _check("the matrix", matrix, [3, 3])
        return matrix

    return checked


def checked_image(
    augment: Callable[[PlacedImage, tf.Tensor], Any],
) -> Callable[[PlacedImage, tf.Tensor], PlacedImage]:
    """Return an augmentation that raises ValueError where it returns no image of the same form.

    Keypoints that it has moved out of the input are there no more.
    """

    def checked(placed: PlacedImage, seed: tf.Tensor) -> PlacedImage:
        result = augment(placed, seed)
        if not isinstance(result, PlacedImage):
            raise ValueError(f"it returned a {type(result).__name__}, no PlacedImage")
        _check("image", result.image, placed.image.shape)
        _check("mask", result.mask, placed.mask.shape)
        # The next one may need the sizes, which decoding as JPEG or cropping has made unknown.
        image = tf.ensure_shape(result.image, placed.image.shape)
        mask = tf.ensure_shape(result.mask, placed.mask.shape)
        result = replace(result, image=image, mask=mask)
        if result.keypoints is placed.keypoints and result.boxes is placed.boxes:
            return result
        _check("keypoints", result.keypoints, [None, len(placed.skeleton), 3])
        _check("boxes", result.boxes, [None, 4])
        people = [tf.shape(people)[0] for people in (result.keypoints, result.boxes)]
        tf.debugging.assert_equal(*people, "as many keypoints as boxes must be returned")
        height, width, _ = placed.image.shape
        return replace(result, keypoints=hide_outside(result.keypoints, (width, height)))

    return checked


def _check(what: str, value: Any, shape: Any) -> None:
    wanted = tf.TensorShape(shape)
    if not tf.is_tensor(value):
        raise ValueError(f"{what} must be a float32 tensor; it returned a {type(value).__name__}")
    if value.dtype != tf.float32 or not value.shape.is_compatible_with(wanted):
        raise ValueError(
            f"{what} must be float32 of shape {wanted}; it returned {value.dtype.name} of shape "
            f"{value.shape}"
        )
