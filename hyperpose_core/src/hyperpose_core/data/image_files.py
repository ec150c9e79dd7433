"""Image files: how they end, and whether a dataset's are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hyperpose_core.contracts import Dataset
    from hyperpose_core.data.samples import Sample

ENDINGS = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".gif"),
    *(".webp", ".tif", ".tiff", ".jp2", ".ppm", ".pgm"),
)
"""What a file in a folder ends with, in small letters, to be an image."""


def check_there(dataset: Dataset, samples: Sequence[Sample]) -> None:
    """Ask a dataset whether files of samples are missing, as `contracts.Dataset` has it.

    Raises:
        DataError: some are not.
    """
    check = getattr(dataset, "check_images", None)
    if callable(check):
        check(samples)
