"""The size of an image file, from its header, and whether it fits."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import BinaryIO

from hyperpose_core.errors import DataError

MOST_PIXELS = 178_956_970
"""Images of more are refused by their headers, as Pillow does it: a file of some bytes can state
sides that take gigabytes."""


def image_size(path: Path) -> tuple[int, int]:
    """Return width and height in pixels, as stored: an orientation in the metadata is ignored.

    Raises:
        DataError: the file cannot be read as an image, or states more than `MOST_PIXELS`.
    """
    try:
        with path.open("rb") if not path.is_fifo() else io.BytesIO() as file:
            return stated_size(file)
    except OSError as error:
        raise DataError(f"cannot read the image {path}: {error.strerror or error}") from error
    except DataError as error:
        raise DataError(f"{path} cannot be read: {error}; replace it or take it out") from None


def stated_size(file: BinaryIO) -> tuple[int, int]:
    """Return width and height that an image's header states.

    Raises:
        DataError: it has none that is known, or states more than `MOST_PIXELS`.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of half as many pixels
            with Image.open(file) as image:
                return image.size
    except Image.DecompressionBombError as error:
        text = str(error).partition(", could")[0]
        raise DataError(f"it is too large: {text}; make it smaller") from None
    except (OSError, SyntaxError, ValueError):
        raise DataError("it is no image, or a damaged one") from None


def size_problem(stored: tuple[int, int], annotated: tuple[int, int]) -> str | None:
    """Say that a file has another size than annotated; None where it has not, or nobody knows.

    Args:
        stored, annotated: width and height; annotated 0: the dataset does not say.
    """
    if not all(annotated) or stored == annotated:
        return None
    sizes = "{}x{} in the file, annotated {}x{}".format(*stored, *annotated)
    if stored == annotated[::-1]:
        return (
            f"{sizes}: stored lying, to be turned when shown (EXIF); store its pixels as "
            f"they are shown, or annotate them as they are stored"
        )
    return f"{sizes}: annotate the file that is there, or put there the one that was annotated"
