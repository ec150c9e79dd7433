"""Masks from annotated regions: COCO's polygons, run lengths and boxes."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from hyperpose_core.data.masks import encode
from hyperpose_core.errors import DataError

Rle = dict[str, Any]
"""A region as pycocotools has it: `{"size": [height, width], "counts": bytes}`."""
MOST_POLYGONS = 10_000
_MOST_DIGITS = 7
"""Of one compressed run: 35 bits hold every size that an image may have."""
LONGEST_OUTLINE = 1_000_000
"""Pixels around all polygons of a region: pycocotools keeps some dozens of bytes for each."""


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
        return _from_polygons(segmentation, width, height)
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
    union = _union(list(regions))
    if not union or not union["size"][0] or not coco_mask.area(union):
        return None
    return encode(coco_mask.decode(union) == 0)


def from_boxes(boxes: Iterable[Sequence[float]], width: int, height: int) -> bytes | None:
    """Make a `Sample.mask` that is 0 in boxes x, y, width, height; None when they are empty."""
    return from_regions(box_region(box, width, height) for box in boxes)


def _union(regions: list[Rle]) -> Rle:
    """Merge regions in pairs: one after the other takes many times as long for many of them."""
    while len(regions) > 1:
        regions = [coco_mask.merge(regions[i : i + 2]) for i in range(0, len(regions), 2)]
    return regions[0] if regions else {}


def _from_polygons(segmentation: Sequence[Any], width: int, height: int) -> Rle:
    if len(segmentation) > MOST_POLYGONS:
        raise DataError(f"a region has {len(segmentation)} polygons: at most {MOST_POLYGONS}")
    polygons = [_polygon(p, width, height) for p in segmentation]
    around = sum(_outline(np.reshape(p, (-1, 2))) for p in polygons)
    if around > LONGEST_OUTLINE:
        raise DataError(
            f"the polygons of a region go around for {around:.0f} pixels in an image of "
            f"{width}x{height}: at most {LONGEST_OUTLINE}"
        )
    return _union(coco_mask.frPyObjects(polygons, height, width))


def _outline(corners: NDArray[np.float64]) -> float:
    return float(np.abs(corners - np.roll(corners, 1, axis=0)).max(axis=1).sum())


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
        runs = np.array(counts, float) if all(map(_is_run, counts)) else np.array([-1.0])
        problem = f"the runs of a region must add up to {width}x{height} pixels"
    elif isinstance(counts, str | bytes):
        runs = _runs_of(counts.encode("ascii", "replace") if isinstance(counts, str) else counts)
        problem = "the compressed counts of a region are damaged"
    else:
        raise DataError(f"a region has the counts {_short(counts)}: they must be a list or text")
    if (runs < 0).any() or runs.sum() != width * height:
        raise DataError(problem)
    normal = {"size": [height, width], "counts": _normal(runs)}
    return coco_mask.frPyObjects(normal, height, width)


def _is_run(count: Any) -> bool:
    return type(count) is int and 0 <= count < 1 << 5 * _MOST_DIGITS


def _normal(runs: NDArray[np.float64]) -> list[int]:
    """Return the same runs with none of 0 pixels but the first, as pycocotools writes them.

    It merges runs only of this form: others never end, or lose pixels (`rleMerge` in maskApi.c).
    """
    ends, times = np.unique(np.cumsum(runs), return_counts=True)
    # Where an even number of runs ends, nothing changes.
    changes = ends[(times % 2 == 1) & (ends < runs.sum())]
    return np.diff(np.concatenate([[0], changes, [runs.sum()]])).astype(int).tolist()


def _runs_of(text: bytes) -> NDArray[np.float64]:
    """Return the runs of compressed counts, -1 where the text is damaged.

    pycocotools reads beyond the end of a damaged text, so it may see only what has been checked. A
    run is written in base 32, lowest digit first, as characters from `0` on, all but the last with
    32 added, the highest bit being the sign; from the fourth run on it is a difference to the run
    before the last. See rleFrString in https://github.com/cocodataset/cocoapi (maskApi.c).
    """
    digits = np.frombuffer(text, np.uint8).astype(np.int64) - 48
    last = np.flatnonzero((digits & 32) == 0)
    damaged = np.array([-1.0])
    if ((digits < 0) | (digits > 63)).any() or not len(last) or last[-1] != len(digits) - 1:
        return damaged
    lengths = np.diff(last, prepend=-1)
    if lengths.max() > _MOST_DIGITS:
        return damaged
    places = np.arange(len(digits)) - np.repeat(last + 1 - lengths, lengths)
    values = np.add.reduceat((digits & 31) << (5 * places), last + 1 - lengths)
    values -= np.where(digits[last] & 16, np.int64(1) << (5 * lengths), 0)
    # Every second one adds up with those before it, beginning with the second and the third run.
    runs = values.astype(np.float64)
    for first in (1, 2):
        runs[first::2] = np.cumsum(runs[first::2])
    return damaged if (runs < 0).any() else runs


def _short(value: Any) -> str:
    return _brief.repr(value)


_brief = reprlib.Repr()
_brief.maxstring = _brief.maxother = _brief.maxlong = 60
