"""Image files, read many at a time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hyperpose_core.checking.images import ImageFacts, read_image


def read_images(paths: Sequence[Path]) -> Iterator[ImageFacts]:
    """Read image files, in their order; as many at a time as there are cores."""
    pool = ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1))
    try:
        yield from pool.map(read_image, paths)
    finally:
        pool.shutdown(cancel_futures=True)


def repeated(digests: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    """Yield the positions of files that are there before, each with that of the first."""
    first: dict[bytes, int] = {}
    for position, digest in enumerate(digests):
        if digest and first.setdefault(digest, position) != position:
            yield position, first[digest]
