"""COCO's form: reading and checking a JSON file of people with keypoints.

The form is described at https://cocodataset.org/#format-data (keypoint detection). A large file is
read and checked in parts, so that never all of it is in memory as objects.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_coco.form import cached
from hyperpose_coco.form.checked import kind_of
from hyperpose_coco.form.columns import without_collector
from hyperpose_coco.form.document import IrregularError, decoded, parts, read_bytes
from hyperpose_coco.form.gathering import Gathered, Settings, gather
from hyperpose_coco.form.images import Images, read_images
from hyperpose_coco.form.people import Entry, Id, People, entries_of
from hyperpose_core.errors import DataError
from hyperpose_datatools.caching import Cache


@dataclass(frozen=True)
class Annotations:
    """The checked content of a file.

    Args:
        keypoints: K.
        rows: the images.
        everybody: the people, an image's together, in the order of the file.
        first, last: `[N]`, which rows of `everybody` are an image's.
        least_area: with which it was read.
    """

    path: Path
    keypoints: int
    rows: Images
    everybody: People
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    least_area: float | None = None

    @cached_property
    def images(self) -> list[Entry]:
        """Entries with `id`, `file_name`, `width`, `height`; sizes of 0 are not annotated."""
        both = zip(self.rows.ids, self.rows.names, self.rows.sizes.tolist(), strict=True)
        return [{"id": i, "file_name": n, "width": w, "height": h} for i, n, (w, h) in both]

    @cached_property
    def people(self) -> dict[Id, list[Entry]]:
        """For each image id its entries, with `id`, `keypoints` `[K, 3]` float32, `bbox` `[4]`
        float32, `area` and whether that `area_is_estimate`, `num_keypoints`, `iscrowd`;
        `segmentation`, `category_id` and `object_id` are None where they are not given.
        """
        entries = entries_of(self.everybody)
        both = zip(self.rows.ids, self.first.tolist(), self.last.tolist(), strict=True)
        return {name: entries[first:last] for name, first, last in both}


def read_annotations(
    path: Path,
    keypoints: int,
    *,
    unique: bool = True,
    category: Id | None = None,
    people: bool = True,
    least_area: float | None = None,
) -> Annotations:
    """Read a file in COCO's form, whose people have `keypoints` points each.

    Args:
        unique: an id that two images or two people have is an error; otherwise both images get the
            people of the id.
        category: read only what has this `category_id`, of a file of anybody's: what labelling
            tools leave out is made up (`form.exports`). None: everything, and all of it is needed.
        people: False for a file that only names images.
        least_area: keep segmentations only of those who become the mask, as numbers: people with
            fewer pixels, crowds, people without keypoints; and what is read of a large file for the
            next time (`hyperpose_datatools.caching`). None: everybody's, as in the file.

    Raises:
        DataError: the file cannot be read, is not JSON, or an entry is not as it must be: the
            message names the file and the entry.
    """
    settings = Settings(keypoints, unique, category, people, least_area)
    content = read_bytes(path)
    kept = None
    if least_area is not None and len(content) >= cached.LEAST:
        kept = Cache(path, content, {"form": cached.FORM, **asdict(settings)})
        if (arrays := kept.load()) and (found := cached.from_arrays(arrays)):
            return Annotations(path, keypoints, *found, least_area)
    text = decoded(path, content)
    del content  # as large as all that follows
    found = _parsed(path, text, settings)
    if kept is not None:
        kept.store(cached.to_arrays(found))
    return Annotations(path, keypoints, *found, least_area)


def _parsed(path: Path, text: str, settings: Settings) -> Gathered:
    with without_collector():
        try:
            return gather(path, parts(text), settings)
        except (IrregularError, DataError):
            # What comes first is said first, and that it is no JSON before anything else.
            return gather(path, _whole(path, text), settings)


def part_of(annotations: Annotations, part: tuple[float, float]) -> Annotations:
    """Return the images whose ids hash into a range of 0 to 1, always the same ones."""
    low, high = part
    images = annotations.rows
    which = np.array([low <= _hash(name) < high for name in images.ids], bool)
    if which.all():
        return annotations
    kept = np.flatnonzero(which).tolist()
    rows = Images(
        [images.ids[n] for n in kept], [images.names[n] for n in kept], images.sizes[which]
    )
    first, last = annotations.first[which], annotations.last[which]
    return replace(annotations, rows=rows, first=first, last=last)


def _hash(key: Id) -> float:
    digest = hashlib.sha256(str(key).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def read_image_names(path: Path) -> list[str]:
    """Return the file names of the images of a file in COCO's form, with or without annotations.

    Raises:
        DataError: as `read_annotations`.
    """
    images = _list(path, read_json(path), "images")
    return read_images(path, images, 0, False).names


def read_list(path: Path, key: str) -> list[Any]:
    """Return one of the lists of a file in COCO's form, its entries as they are.

    Raises:
        DataError: the file cannot be read, is not JSON, or has no such list.
    """
    return _list(path, read_json(path), key)


def read_json(path: Path) -> Entry:
    """Read a JSON file that holds an object.

    Raises:
        DataError: the file cannot be read, or holds something else.
    """
    return _object(path, decoded(path, read_bytes(path)))


def _object(path: Path, text: str) -> Entry:
    try:
        with without_collector():
            content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise DataError(
            f"{path} holds {kind_of(content)}: annotations in COCO's form are an object"
        )
    return content


def _list(path: Path, content: Entry, key: str) -> list[Any]:
    value = content.get(key)
    if not isinstance(value, list):
        found = kind_of(value) if key in content else "missing"
        raise DataError(f"{path}: '{key}' is {found}; annotations in COCO's form have a list there")
    return value


def _whole(path: Path, text: str) -> Iterator[tuple[str, list[Any]]]:
    content = _object(path, text)
    for key in ("images", "annotations"):
        yield key, _list(path, content, key)
