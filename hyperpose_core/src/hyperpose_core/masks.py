"""Masks: where the loss counts, made from annotated regions and kept as PNG bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from hyperpose_core.errors import DataError

Rle = dict[str, Any]
"""A region as pycocotools has it: `{"size": [height, width], "counts": bytes}`."""


def region(segmentation: Any, width: int, height: int) -> Rle:
    """Make a run-length region of an image of `width` x `height` pixels.

    Args:
        segmentation: in COCO's forms: a list of polygons `[x0, y0, x1, y1, ...]`, a dictionary
            with `size` and `counts` (a list of runs, or compressed), in pixels of the image.

    Raises:
        DataError: it has none of these forms, or belongs to an image of another size.
    """
    if isinstance(segmentation, dict):
        return _from_runs(segmentation, width, height)
    if isinstance(segmentation, list | tuple) and len(segmentation):
        polygons = [_polygon(p, width, height) for p in segmentation]
        return coco_mask.merge(coco_mask.frPyObjects(polygons, height, width))
    raise DataError(
        f"a segmentation is {_short(segmentation)}: it must be a list of polygons "
        f"[x0, y0, x1, y1, ...] or a dictionary with 'size' and 'counts'"
    )


def box_region(box: Sequence[float], width: int, height: int) -> Rle:
    """Make a region from a box x, y, width, height in pixels, cut to the image."""
    x, y, w, h = (float(v) for v in box)
    x0, x1 = np.clip((x, x + w), 0, width)
    y0, y1 = np.clip((y, y + h), 0, height)
    return coco_mask.frPyObjects([[x0, y0, x1, y0, x1, y1, x0, y1]], height, width)[0]


def from_regions(regions: Iterable[Rle]) -> bytes | None:
    """Make a `Sample.mask` that is 0 on the regions; None when they cover no pixel."""
    union = coco_mask.merge(list(regions))
    if not union or not union["size"][0] or not coco_mask.area(union):
        return None
    return encode(coco_mask.decode(union) == 0)


def from_boxes(boxes: Iterable[Sequence[float]], width: int, height: int) -> bytes | None:
    """Make a `Sample.mask` that is 0 in boxes x, y, width, height; None when they are empty."""
    return from_regions(box_region(box, width, height) for box in boxes)


def encode(counts: NDArray[Any]) -> bytes:
    """Write where the loss counts, `[H, W]`, nonzero where it does, as PNG bytes of 0 and 255."""
    picture = np.ascontiguousarray(np.asarray(counts) != 0) * np.uint8(255)
    return cv2.imencode(".png", picture)[1].tobytes()


def decode(mask: bytes | None, width: int, height: int) -> NDArray[np.uint8]:
    """Read a `Sample.mask` as `[height, width]` uint8 of 0 and 255; None is 255 everywhere.

    Raises:
        DataError: the bytes are no PNG of that size.
    """
    if mask is None:
        return np.full((height, width), 255, np.uint8)
    picture = cv2.imdecode(np.frombuffer(mask, np.uint8), cv2.IMREAD_GRAYSCALE) if mask else None
    if picture is None or picture.shape != (height, width):
        found = "no picture" if picture is None else f"{picture.shape[1]}x{picture.shape[0]} pixels"
        raise DataError(f"a mask is {found}: it must be a PNG of {width}x{height} pixels")
    return np.asarray(picture, np.uint8)


def _polygon(polygon: Any, width: int, height: int) -> list[float]:
    try:
        points = np.asarray(polygon)
    except ValueError:
        points = np.zeros(0)
    good = points.ndim == 1 and points.dtype.kind in "iuf" and len(points) >= 6
    if not good or len(points) % 2 or not np.isfinite(points).all():
        raise DataError(
            f"a polygon is {_short(polygon)}: it must have three or more points, as numbers "
            f"x0, y0, x1, y1, ..."
        )
    xy = np.clip(points.reshape(-1, 2), 0, (width, height))
    return xy.astype(float).ravel().tolist()


def _from_runs(segmentation: dict[str, Any], width: int, height: int) -> Rle:
    size, counts = segmentation.get("size"), segmentation.get("counts")
    if not isinstance(size, list | tuple) or list(size) != [height, width]:
        raise DataError(f"a region has the size {_short(size)}, its image {[height, width]}")
    if isinstance(counts, list):
        whole = all(type(n) is int and n >= 0 for n in counts)
        if not whole or sum(counts) != width * height:
            raise DataError(f"the runs of a region must add up to {width}x{height} pixels")
        return coco_mask.frPyObjects({"size": [height, width], "counts": counts}, height, width)
    if not isinstance(counts, str | bytes):
        raise DataError(f"a region has the counts {_short(counts)}: they must be a list or text")
    try:
        runs = counts.encode("ascii") if isinstance(counts, str) else counts
        rle = {"size": [height, width], "counts": runs}
        coco_mask.decode(rle)
    except (ValueError, UnicodeError) as error:
        raise DataError("the compressed counts of a region are damaged") from error
    return rle


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
