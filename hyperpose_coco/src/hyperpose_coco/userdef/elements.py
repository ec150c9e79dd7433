"""Elements of a user's dataset: what its pairs say, checked and made into arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose.unpickle import loads
from hyperpose_coco import masks
from hyperpose_core.errors import DataError

Converter = Callable[[NDArray[Any]], Any]
_BOX_FILL = 0.53
"""The part of its box that a person covers on average in COCO."""


@dataclass
class Element:
    """The annotations of one image: `[P, K, 3]`, `[P, 4]`, and the mask as it was given."""

    keypoints: NDArray[np.float32]
    boxes: NDArray[np.float32]
    given_mask: Any

    def mask(self, path: Path, width: int, height: int) -> bytes | None:
        """Return the `Sample.mask`; DataError names the image when it is malformed."""
        try:
            return masks.from_regions(_regions(self.given_mask, width, height))
        except DataError as error:
            raise DataError(f"the 'mask' of {path}: {error}") from error

    def cut(self, count: int) -> Element:
        """Return the same with `count` keypoints: one more may stand for the background."""
        keypoints = self.keypoints[:, :count] if len(self.keypoints) else np.zeros((0, count, 3))
        return Element(keypoints.astype(np.float32), self.boxes, self.given_mask)

    def annotations(self, image_id: int | str) -> Iterator[dict[str, Any]]:
        """Yield the people as COCO has them; their area is estimated from the box."""
        for points, box in zip(self.keypoints, self.boxes, strict=True):
            yield {
                "image_id": image_id,
                "keypoints": points,
                "num_keypoints": int((points[:, 2] > 0).sum()),
                "bbox": [float(v) for v in box],
                "area": _BOX_FILL * float(box[2] * box[3]),
                "iscrowd": 0,
            }


def train_elements(
    dataset: Iterable[Any], converter: Converter | None, origin: str = "get_train_dataset"
) -> Iterator[tuple[Path, Element]]:
    """Yield path and annotations of each element; DataError names the one that is malformed."""
    for index, pair in enumerate(_finite(dataset)):
        path, target = _pair(pair, index, origin)
        where = f"element {index} of {origin} ({path})"
        content = loads(target, where) if isinstance(target, bytes) else target
        if not isinstance(content, Mapping) or "kpt" not in content:
            raise DataError(f"{where} must be a dictionary with 'kpt', 'bbx' and 'mask'")
        yield Path(path), _element(content, converter, where)


def eval_elements(dataset: Iterable[Any]) -> Iterator[tuple[Path, int | str]]:
    """Yield path and id of each element; DataError names the one that is malformed."""
    seen: set[int | str] = set()
    for index, pair in enumerate(_finite(dataset)):
        path, name = _pair(pair, index, "get_eval_dataset")
        name = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
        if not isinstance(name, str):
            try:
                name = int(name)
            except (TypeError, ValueError) as error:
                raise DataError(
                    f"element {index} of get_eval_dataset has the id {name!r}: it must be a whole "
                    f"number or a text"
                ) from error
        if name in seen:
            raise DataError(f"get_eval_dataset yields the image id {name!r} twice")
        seen.add(name)
        yield Path(path), name


def _finite(dataset: Any) -> Any:
    cardinality = getattr(dataset, "cardinality", None)
    if callable(cardinality) and int(cardinality()) == -1:
        raise DataError("the dataset never ends: leave `repeat()` to the training")
    return dataset


def _pair(pair: Any, index: int, method: str) -> tuple[str, Any]:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise DataError(f"element {index} of {method} must be a pair, not {type(pair).__name__}")
    path, value = (_plain(part) for part in pair)
    path = path.decode("utf-8", "surrogateescape") if isinstance(path, bytes) else path
    if not isinstance(path, str | Path) or not str(path):
        raise DataError(f"element {index} of {method} must begin with the path of an image")
    return str(path), value


def _plain(value: Any) -> Any:
    """Return what a tensor or a NumPy scalar holds."""
    value = value.numpy() if hasattr(value, "numpy") else value
    if isinstance(value, np.generic | np.ndarray) and value.ndim == 0:
        return value.item()
    return value


def _element(content: Mapping[str, Any], converter: Converter | None, where: str) -> Element:
    people = [_points(person, converter, where) for person in _entries(content["kpt"])]
    counts = {len(points) for points in people}
    if len(counts) > 1:
        raise DataError(f"{where}: its people have different numbers of keypoints: {counts}")
    keypoints = np.stack(people) if people else np.zeros((0, 0, 3), np.float32)
    # The 2021 library wrote one key and documented the other.
    given = content.get("bbx", content.get("bbxs"))
    boxes = _around(keypoints) if given is None else _boxes(given, len(people), where)
    annotated = (keypoints[..., 2] > 0).any(axis=1)
    return Element(keypoints[annotated], boxes[annotated], content.get("mask"))


def _entries(value: Any) -> list[Any]:
    return [] if value is None else list(value)


def _points(person: Any, converter: Converter | None, where: str) -> NDArray[np.float32]:
    try:
        points = np.array(person, np.float64)
        points = points if converter is None else np.array(converter(points), np.float64)
    except (TypeError, ValueError, IndexError) as error:
        raise DataError(f"{where}: 'kpt' cannot be read as points: {error}") from error
    if points.ndim == 1 and points.size % 3 == 0:
        points = points.reshape(-1, 3)
    if points.ndim != 2 or points.shape[1] not in (2, 3) or not np.isfinite(points).all():
        raise DataError(
            f"{where}: a person in 'kpt' has the shape {points.shape}: it must be finite numbers, "
            f"[x, y] or [x, y, v] for each keypoint"
        )
    annotated = (points[:, :2] >= 0).all(axis=1)
    seen = points[:, 2] if points.shape[1] == 3 else np.full(len(points), 2.0)
    full = np.concatenate((points[:, :2], np.clip(seen, 0, 2)[:, None]), axis=1)
    return np.where((annotated & (seen > 0))[:, None], full, 0).astype(np.float32)


def _boxes(given: Any, people: int, where: str) -> NDArray[np.float32]:
    try:
        boxes = np.array(given, np.float32).reshape(-1, 4)
    except (TypeError, ValueError) as error:
        raise DataError(f"{where}: 'bbx' is no list of [x, y, width, height]") from error
    if len(boxes) < people or not np.isfinite(boxes).all():
        raise DataError(f"{where}: 'bbx' has {len(boxes)} boxes for {people} people")
    return boxes[:people]


def _around(keypoints: NDArray[np.float32]) -> NDArray[np.float32]:
    there = keypoints[..., 2:] > 0
    low = np.where(there, keypoints[..., :2], np.inf).min(axis=1, initial=np.inf)
    high = np.where(there, keypoints[..., :2], -np.inf).max(axis=1, initial=-np.inf)
    boxes = np.concatenate((low, high - low), axis=1)
    return np.where(np.isfinite(boxes), boxes, 0).astype(np.float32)


def _regions(given: Any, width: int, height: int) -> list[masks.Rle]:
    """Return regions from one in COCO's form, or a list of such: a person each."""
    if given is None or (isinstance(given, list | tuple | np.ndarray) and not len(given)):
        return []
    if isinstance(given, dict):
        return [masks.region(given, width, height)]
    if not isinstance(given, list | tuple):
        raise DataError(f"it is a {type(given).__name__}: give COCO's polygons or run lengths")
    if isinstance(given[0], int | float | np.number):
        return [masks.region([given], width, height)]
    if _is_polygon(given[0]):
        return [masks.region(given, width, height)]
    return [part for person in given for part in _regions(person, width, height)]


def _is_polygon(value: Any) -> bool:
    if not isinstance(value, list | tuple | np.ndarray) or not len(value):
        return False
    return isinstance(value[0], int | float | np.number)
