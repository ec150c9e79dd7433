"""Filters that work on any dataset: functions of a sample, True keeps it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import ConfigError, DataError


def min_keypoints(sample: Sample, count: int = 1, everybody: bool = False) -> bool:
    """Keep images in which somebody has `count` annotated keypoints or more.

    Args:
        everybody: all people in the image must have as many.
    """
    return _any_or_all((sample.keypoints[..., 2] > 0).sum(-1) >= count, everybody)


def min_area(sample: Sample, area: float = 32.0**2, everybody: bool = False) -> bool:
    """Keep images in which somebody covers `area` pixels of the image or more.

    Counted are the silhouettes where the dataset has them (`areas`, as COCO), else the boxes.

    Args:
        everybody: all people in the image must.
    """
    areas = getattr(sample, "areas", None)
    if areas is None or len(areas) != len(sample.keypoints):
        areas = sample.boxes[:, 2] * sample.boxes[:, 3]
    return _any_or_all(np.asarray(areas) >= area, everybody)


def no_crowd(sample: Sample) -> bool:
    """Keep images in which no crowd is annotated.

    Raises:
        DataError: the dataset does not say where crowds are.
    """
    if not hasattr(sample, "is_crowd"):
        raise DataError(
            f"it needs samples that say is_crowd, as COCO's do; {type(sample).__name__} has no "
            f"such field: leave the filter out for this dataset"
        )
    return not sample.is_crowd


def min_people(sample: Sample, count: int = 1) -> bool:
    """Keep images of `count` people or more who have keypoints."""
    return len(sample.keypoints) >= count


def max_people(sample: Sample, count: int) -> bool:
    """Keep images of `count` people or fewer who have keypoints."""
    return len(sample.keypoints) <= count


def min_image_size(sample: Sample, width: int = 0, height: int = 0) -> bool:
    """Keep images that are at least so large, in pixels."""
    return sample.width >= width and sample.height >= height


def every_nth(sample: Sample, n: int, offset: int = 0) -> bool:
    """Keep about one image in `n`: the same ones in any order and next to any other filters.

    Args:
        offset: from 0 to n - 1: the n parts of a dataset have no image in common.

    Raises:
        ConfigError: there is no such part.
    """
    if n < 1 or not 0 <= offset < n:
        raise ConfigError(f"n must be 1 or more, offset from 0 to n - 1; got {n} and {offset}")
    digest = hashlib.sha256(str(sample.image_id).encode()).digest()
    return int.from_bytes(digest[:8], "big") % n == offset


def without_images(sample: Sample, ids: Sequence[Any]) -> bool:
    """Keep all images but these; an id may be written as a number or as text."""
    if isinstance(ids, str | int):
        ids = [ids]
    return str(sample.image_id) not in {str(one) for one in ids}


def _any_or_all(good: NDArray[np.bool_], everybody: bool) -> bool:
    return bool(good.any() and (good.all() or not everybody))
