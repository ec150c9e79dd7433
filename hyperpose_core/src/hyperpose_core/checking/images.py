"""Image files: read and decoded as training does it, many at a time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from hyperpose_core.pipeline.decoding import decode_image, why_undecodable


@dataclass(frozen=True)
class ImageFacts:
    """What reading an image file told.

    Args:
        size: width and height in pixels, as stored; None where it cannot be read.
        problem: why training cannot use it; None where it can.
        digest: of the file's bytes; empty where there is no file.
    """

    size: tuple[int, int] | None
    problem: str | None
    digest: bytes


def read_image(path: Path) -> ImageFacts:
    """Read and decode one image file; what goes wrong is in the answer."""
    try:
        content = path.read_bytes() if not path.is_fifo() else b""
    except OSError as error:
        return ImageFacts(None, f"{path}: {error.strerror or error}", b"")
    digest = hashlib.blake2b(content, digest_size=16).digest()
    try:
        height, width, _ = decode_image(tf.constant(content)).shape
    except tf.errors.OpError:
        return ImageFacts(None, f"{path}: {why_undecodable(content)}", digest)
    return ImageFacts((width, height), None, digest)
