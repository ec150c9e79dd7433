"""Pictures of annotations: keypoints, limbs, boxes, and the mask as a shade."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data import masks
from hyperpose_core.data.drawing import Picture, draw_skeleton
from hyperpose_core.data.image_size import image_size, size_problem
from hyperpose_core.data.raw import RawSample
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError
from hyperpose_core.skeletons import Skeleton

SMALLEST = 480
"""Pixels of the longer side: smaller images are enlarged by a whole number."""
_SHADE = np.array([255, 0, 90])
_BOX, _OCCLUDED = (255, 255, 255), (0, 0, 0)
_FLAGS = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION


def draw_sample(sample: Sample, skeleton: Skeleton) -> Picture:
    """Draw one sample over its image, `[H, W, 3]` uint8 RGB.

    People's boxes are white; occluded keypoints have a dark middle; what the loss does not count is
    shaded with stripes.

    Raises:
        DataError: the image cannot be read.
    """
    image = _read(sample)
    picture, factor = enlarged(image)
    counts = masks.decode(_mask(sample), image.shape[1], image.shape[0])
    shade(picture, counts)
    for box in sample.boxes:
        _draw_box(picture, box, factor)
    for points in sample.keypoints:
        draw_person(picture, points, skeleton, factor)
    return picture


def draw_person(
    picture: Picture, keypoints: NDArray[np.float32], skeleton: Skeleton, factor: float = 1
) -> None:
    """Draw one person `[K, 3]` into an enlarged picture; occluded keypoints get a dark middle."""
    points = np.asarray(keypoints, np.float32).copy()
    points[:, :2] = moved(points[:, :2], factor)
    draw_skeleton(picture, points, skeleton)
    known = points[points[:, 2] > 0, :2]
    extent = float(np.ptp(known, axis=0).max()) if len(known) else 0.0
    for x, y, visibility in points:
        if visibility == 1 and max(abs(x), abs(y)) < 1e4:
            radius = max(1, round(extent / 120))
            cv2.circle(picture, (round(float(x)), round(float(y))), radius, _OCCLUDED, -1)


def enlarged(image: Picture) -> tuple[Picture, int]:
    """Return a copy that is large enough to look at, and the factor."""
    factor = max(1, round(SMALLEST / max(image.shape[:2])))
    return np.ascontiguousarray(image.repeat(factor, 0).repeat(factor, 1)), factor


def moved(points: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """Return points of an image in its enlargement: pixels are centred on whole numbers in both."""
    return points * factor + (factor - 1) / 2


def shade(picture: Picture, counts: NDArray[np.uint8]) -> None:
    """Shade, in place, where `counts` is 0; it is enlarged to the picture's size."""
    height, width = picture.shape[:2]
    small = cv2.resize(counts, (width, height), interpolation=cv2.INTER_NEAREST)
    rows, columns = np.indices((height, width), sparse=True)
    hidden = small < 128
    striped = hidden & ((rows + columns) % 16 < 8)
    for where, part in ((hidden, 0.35), (striped, 0.25)):
        mixed = (1 - part) * picture[where] + part * _SHADE
        picture[where] = mixed.astype(np.uint8)


def beside(pictures: list[Picture], gap: int = 6) -> Picture:
    """Put pictures next to each other, where they are wide below each other."""
    wide = max(picture.shape[1] / picture.shape[0] for picture in pictures) > 1.8
    axis = 0 if wide else 1
    size = max(picture.shape[1 - axis] for picture in pictures)
    parts = []
    for number, picture in enumerate(pictures):
        missing = [(0, 0), (0, 0), (0, 0)]
        missing[1 - axis] = (0, size - picture.shape[1 - axis])
        missing[axis] = (gap if number else 0, 0)
        parts.append(np.pad(picture, missing, constant_values=255))
    return np.concatenate(parts, axis)


def _draw_box(picture: Picture, box: NDArray[np.float32], factor: int) -> None:
    corners = np.clip(moved(np.array([box[:2], box[:2] + box[2:]]), factor), -1e4, 1e4)
    low, high = np.rint(corners).astype(int).tolist()
    cv2.rectangle(picture, low, high, _BOX, max(1, max(picture.shape) // 600))


def _read(sample: Sample) -> Picture:
    try:
        content = np.frombuffer(sample.path.read_bytes(), np.uint8)
    except OSError as error:
        raise DataError(f"cannot read {sample.path}: {error.strerror or error}") from error
    image_size(sample.path)  # refuses what is too large, before it is decoded
    try:
        image = cv2.imdecode(content, _FLAGS) if len(content) else None
    except cv2.error:  # as of more than 2**20 pixels a side
        image = None
    if image is None:
        raise DataError(f"{sample.path} cannot be read as an image")
    stored = image.shape[1], image.shape[0]
    if text := size_problem(stored, (sample.width, sample.height)):
        raise DataError(f"{sample.path} is {text}")
    return np.ascontiguousarray(image[..., ::-1])


def _mask(sample: Sample) -> bytes | None:
    """Return where the loss counts; of raw samples the crowds are what does not."""
    if not isinstance(sample, RawSample) or sample.mask is not None or not sample.is_crowd:
        return sample.mask
    counts = np.ones((sample.height, sample.width), np.uint8)
    for x, y, width, height in np.rint(sample.boxes[sample.crowds]).astype(int).clip(0).tolist():
        counts[y : y + height, x : x + width] = 0
    return masks.encode(counts)
