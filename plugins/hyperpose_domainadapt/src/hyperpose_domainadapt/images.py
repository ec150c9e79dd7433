"""Unlabelled images as samples of which a pose loss counts nothing."""

from __future__ import annotations

import functools
import glob
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hyperpose_core.data.image_size import image_size
from hyperpose_core.data.masks import encode
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError
from hyperpose_core.skeletons import Skeleton

ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".bmp"})


def find(images: str | Sequence[str]) -> list[Path]:
    """Return the image files that are named, in folders, or of a pattern such as `a/*/*.jpg`.

    Raises:
        DataError: one of these names nothing.
    """
    texts = [images] if isinstance(images, str) else images
    return [path for text in texts for path in _found(Path(os.path.expanduser(text)))]


def _found(named: Path) -> list[Path]:
    try:
        if named.is_file():
            return [named]
        pattern = glob.escape(str(named)) + "/*" if named.is_dir() else str(named)
        paths = sorted(map(Path, glob.glob(pattern, recursive=True)))
        paths = [path for path in paths if path.is_file() and path.suffix.lower() in ENDINGS]
    except OSError as error:
        raise DataError(
            f"cannot look for the images {named}: {error.strerror}; name others in the argument "
            f"`images`"
        ) from error
    if not paths:
        raise DataError(
            f"there are no images {named}, which domain adaptation needs: name files, folders, or "
            f"patterns such as 'photos/**/*.jpg' in the argument `images`"
        )
    return paths


def unlabelled(path: Path, skeleton: Skeleton, label: int, repeat: int) -> Sample:
    """Return an image of which nothing is known but its domain: all of it is masked out."""
    width, height = image_size(path)
    return Sample(
        image_id=f"unlabelled/{repeat}/{path}",
        path=path,
        width=width,
        height=height,
        keypoints=np.zeros((0, len(skeleton), 3), np.float32),
        boxes=np.zeros((0, 4), np.float32),
        mask=_nothing(width, height),
        label=label,
    )


@functools.lru_cache(maxsize=256)
def _nothing(width: int, height: int) -> bytes:
    return encode(np.zeros((height, width), np.uint8))
