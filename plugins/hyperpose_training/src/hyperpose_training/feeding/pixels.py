"""From an image file to the pixels of the network's input.

Shrinking and warping are OpenCV's, in one call, which leaves the interpreter to others: the ops of
TensorFlow take ten times as long (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import cv2
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from hyperpose_core.contracts import Size
from hyperpose_core.pipeline.decoding import decode_image, decode_jpeg, plain_jpeg

FILL, COUNTS = 114, 255
"""Each colour, and the mask, of what lies outside of the image."""
_FACTORS = (1, 2, 4, 8)
"""By how much a JPEG can be made smaller while it is decoded."""


class ImageFile(NamedTuple):
    """An image file inside `tf.data`."""

    content: tf.Tensor
    """Its bytes."""
    later: tf.Tensor
    """Whether it is decoded when it is known how large it is needed, as a JPEG is; a bool."""
    decoded: tf.Tensor
    """`[H, W, 3]` uint8 RGB, where it is not decoded later."""
    size: tf.Tensor
    """`[2]` int32 (width, height), as stored."""


def read(path: tf.Tensor) -> ImageFile:
    """Read an image file.

    Raises:
        tf.errors.OpError: it cannot be read, or is no image.
    """
    content = tf.io.read_file(path)
    later, stated = plain_jpeg(content)
    nothing = tf.zeros((0, 0, 3), tf.uint8)
    decoded = tf.cond(later, lambda: nothing, lambda: decode_image(content))
    sides = tf.where(later, stated, tf.shape(decoded)[:2])
    return ImageFile(content, later, decoded, tf.reverse(sides, [0]))


def placed(
    file: ImageFile,
    matrix: tf.Tensor,
    size: Size,
    mask_of: Callable[[int], bytes | None],
    number: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Resample an image and its mask into the input; what lies outside of the image counts.

    A JPEG that becomes smaller than half of itself is decoded at a half, a quarter or an eighth.

    Args:
        matrix: `[3, 3]` float32, from pixels of the image to those of the input.
        size: width and height of the input.
        mask_of: returns a sample's mask as PNG, 0 for what does not count; None: all counts.
        number: the sample's, an integer scalar.

    Returns:
        `[H, W, 3]` float32 RGB in [0, 1], and `[H, W, 1]` float32, 1 for what counts. Where nothing
        inside of the image counts, nothing outside does: nobody has looked for people.

    Raises:
        tf.errors.OpError: it is no whole image; its mask fails, or has another size (one pixel is
            somebody's rounding); the matrix is not finite, or leaves nothing of it.
    """
    scale = tf.sqrt(tf.abs(tf.linalg.det(matrix[:2, :2])))
    step = tf.reduce_sum(tf.cast(scale <= [1 / factor for factor in _FACTORS[1:]], tf.int32))
    jpegs = [partial(decode_jpeg, file.content, factor) for factor in _FACTORS]
    image = tf.cond(file.later, lambda: tf.switch_case(step, jpegs), lambda: file.decoded)
    factor = tf.where(file.later, tf.gather(_FACTORS, step), 1)

    def both(image: Any, matrix: Any, factor: Any, number: Any, stored: Any) -> Any:
        matrix = matrix.astype(np.float64)
        if not np.isfinite(matrix).all() or not _scale(matrix):
            raise ValueError(f"nothing is left of it by the matrix {matrix[:2].tolist()}")
        mask = _mask(_made(mask_of, int(number)), matrix, size, stored)
        return warped(image, matrix @ _enlarging(factor), size, FILL), mask

    given = [image, matrix, factor, number, file.size]
    image, mask = tf.numpy_function(
        _failing_alike(both), given, [tf.uint8, tf.uint8], stateful=False
    )
    width, height = size
    return (
        tf.ensure_shape(tf.cast(image, tf.float32) / 255.0, (height, width, 3)),
        tf.ensure_shape(tf.cast(mask, tf.float32) / 255.0, (height, width, 1)),
    )


def warped(
    image: NDArray[np.uint8], matrix: NDArray[np.float64], size: Size, fill: int
) -> NDArray[np.uint8]:
    """Resample an image bilinearly; pixels from outside it are `fill`.

    Where it shrinks to half or less, it is averaged over blocks of pixels before, as inference
    does.

    Args:
        image: `[H, W, 3]`, or `[H, W]` of a mask.
        matrix: `[3, 3]`, from the image to the result, which it leaves something of.
        size: width and height of the result.

    Returns:
        `[height, width, 3]`, or `[height, width, 1]`.
    """
    block = _block(image.shape[:2], matrix)
    if block > 1:
        height, width = (max(1, side // block) for side in image.shape[:2])
        whole = image[: height * block, : width * block]
        small = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
        image = np.asarray(small, np.uint8)
        matrix = matrix @ _enlarging(block)
    colors = image.ndim == 3
    result = cv2.warpAffine(
        # OpenCV warps four channels in half of the time that three take.
        cv2.cvtColor(image, cv2.COLOR_RGB2RGBA) if colors else image,
        matrix[:2],
        size,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(fill,) * 4,
    )
    result = cv2.cvtColor(result, cv2.COLOR_RGBA2RGB) if colors else result[..., np.newaxis]
    return np.asarray(result, np.uint8)


def _failing_alike(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let what fails be an error of TensorFlow outside of a graph too."""

    def failing(*given: Any) -> Any:
        try:
            return function(*given)
        except Exception as error:
            raise tf.errors.InvalidArgumentError(None, None, str(error)) from error

    return failing


def _made(mask_of: Callable[[int], bytes | None], number: int) -> bytes | None:
    try:
        return mask_of(number)
    except Exception as error:
        raise ValueError(f"its mask cannot be made: {type(error).__name__}: {error}") from error


def _mask(
    png: bytes | None,
    matrix: NDArray[np.float64],
    size: Size,
    stored: NDArray[np.int32],
) -> NDArray[np.uint8]:
    if not png:
        return np.full((size[1], size[0], 1), COUNTS, np.uint8)
    flags = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION
    mask = cv2.imdecode(np.frombuffer(png, np.uint8), flags)
    if mask is None:
        raise ValueError("its mask is no image")
    if np.abs(mask.shape[::-1] - stored).max() > 1:
        sizes = "{}x{} pixels, the image {}x{}".format(*mask.shape[::-1], *stored)
        raise ValueError(f"its mask has {sizes}")
    return warped(np.asarray(mask, np.uint8), matrix, size, COUNTS if mask.any() else 0)


def _block(shape: tuple[int, ...], matrix: NDArray[np.float64]) -> int:
    """Return how many pixels of an image become one, at most all of a side; 1 where it grows."""
    return max(1, min(int(1 / _scale(matrix)), max(shape)))


def _scale(matrix: NDArray[np.float64]) -> float:
    """Return by how much a matrix enlarges, the root of the areas' ratio; 0 leaves nothing."""
    (a, b), (c, d) = matrix[:2, :2].tolist()
    return float(abs(a * d - b * c) ** 0.5)


def _enlarging(block: int) -> NDArray[np.float64]:
    """Return the matrix from an image of blocks to the image, `[3, 3]`."""
    shift = (block - 1) / 2
    return np.array([[block, 0, shift], [0, block, shift], [0, 0, 1.0]])
