"""YOLO-pose text: reading people, one line each.

A line is the class, the box's middle, width and height, and x, y, visibility of each keypoint; x
and widths are divided by the image's width, y and heights by its height. Pixels are counted as COCO
counts them, from 0: nothing is shifted by half a pixel, as in the format's own converter from COCO.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from os.path import isfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data.image_size import image_size
from hyperpose_core.data.raw import RawSample, RawSplit
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.support.files import read_text
from hyperpose_datatools.conversion.names import image_ids
from hyperpose_datatools.yolo.data_yaml import YoloData, read_yaml
from hyperpose_datatools.yolo.orientation import UPRIGHT, orientation, shown_size, to_stored
from hyperpose_datatools.yolo.places import Found, find_images, label_of, labels_without_image

_VISIBLE = 2
_FIRST = 3
"""So many names are quoted of what is left out."""


def read_yolo(
    source: Path, split: str, *, keypoints: Skeleton | None = None, category: str | None = None
) -> RawSplit:
    """Read a split of a YOLO-pose dataset; a `contracts.AnnotationReader`.

    Args:
        source: the data.yaml, or its folder.
        keypoints: names the keypoints; None: as the data.yaml does.
        category: of several classes the one that is read; None: the only one, or `person`.

    Raises:
        DataError: a file cannot be read or is malformed; it names the file and the line.
    """
    data = read_yaml(source)
    number = data.class_number(category)
    skeleton = keypoints or data.skeleton(number)
    if len(skeleton) != data.count:
        raise DataError(
            f"{data.path} has {data.count} keypoints, the skeleton {skeleton.name!r} has "
            f"{len(skeleton)}"
        )
    found = find_images(data, split)
    labels = [label_of(image) for image in found.images]
    lost = _Lost()
    samples: list[Sample] = [
        _sample(data, image, label, number_of_image, number, lost)
        for image, label, number_of_image in zip(
            found.images, labels, image_ids(found.images), strict=True
        )
    ]
    words = [*lost.words(data), *_files_left_out(found, labels), *_flips(data, skeleton)]
    return RawSplit(split, skeleton, samples, data.names[number], tuple(words))


class _Lost:
    """Counts what is left out or changed while labels are read."""

    def __init__(self) -> None:
        self.turned = 0
        self.others: Counter[int] = Counter()

    def words(self, data: YoloData) -> Iterator[str]:
        """Say it, each a part of a sentence."""
        if count := self.others.total():
            names = ", ".join(data.names.get(n, str(n)) for n in sorted(self.others))
            yield f"objects of other classes: {count} ({names})"
        if self.turned:
            yield (
                f"images that are stored turned (EXIF orientation): {self.turned} (their people "
                f"are given in the pixels as stored)"
            )


def _sample(
    data: YoloData, image: Path, label: Path, image_id: int, number: int, lost: _Lost
) -> RawSample:
    stored, turned = image_size(image), orientation(image)
    shown = shown_size(stored, turned)
    size = np.array(shown)
    numbers = [row for found, row in _rows(label, data) if _is_of(found, number, lost)]
    rows = np.array(numbers, np.float64).reshape(-1, 4 + data.columns * data.count)
    middle, extent = rows[:, :2] * size, rows[:, 2:4] * size
    boxes = np.concatenate([middle - extent / 2, extent], -1)
    points = _points(rows[:, 4:].reshape(len(rows), data.count, data.columns), size)
    if turned != UPRIGHT:
        points, boxes = to_stored(points, boxes, shown, turned)
        lost.turned += 1
    return RawSample(
        image_id=image_id,
        path=image,
        width=stored[0],
        height=stored[1],
        keypoints=points.astype(np.float32),
        boxes=boxes.astype(np.float32),
    )


def _is_of(found: int, number: int, lost: _Lost) -> bool:
    if found != number:
        lost.others[found] += 1
    return found == number


def _points(points: NDArray[np.float64], size: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return x, y in pixels and a visibility; without one, points that are not 0, 0 are visible."""
    if points.shape[-1] == _VISIBLE:
        there = (points >= 0).all(-1) & (points != 0).any(-1)
        points = np.concatenate([points, _VISIBLE * there[..., None]], -1)
    points[..., :2] *= size
    points[points[..., 2] == 0] = 0
    return points


def _rows(path: Path, data: YoloData) -> Iterator[tuple[int, list[float]]]:
    """Yield class and numbers of the objects of a label file; without a file there are none."""
    try:
        if path.exists() and not path.is_file():
            raise DataError(f"the labels {path} are no plain file: replace it or take it out")
        text = read_text(path) if path.exists() else ""
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read the labels {path}: {error}") from error
    length = 5 + data.count * data.columns
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        try:
            values = np.array([float(word) for word in words])
        except ValueError:
            values = np.array([np.nan])
        if len(values) != length or not (np.abs(values) < 1e6).all():
            raise DataError(
                f"{path}, line {number}: {len(words)} words; a line has {length} numbers: the "
                f"class, 4 of the box and {data.columns} for each of {data.count} keypoints"
            )
        visibility = values[7::3] if data.columns > _VISIBLE else np.zeros(1)
        if not np.isin(visibility, (0, 1, 2)).all():
            raise DataError(f"{path}, line {number}: a visibility is not 0, 1 or 2")
        if values[0] < 0 or values[0] != int(values[0]):
            raise DataError(
                f"{path}, line {number}: the class is {words[0]:.20}; it is a whole number from 0"
            )
        if (values[3:5] < 0).any():
            raise DataError(
                f"{path}, line {number}: the box is {words[3]:.20} wide and {words[4]:.20} high; "
                f"neither is less than 0"
            )
        yield int(values[0]), values[1:].tolist()


def _files_left_out(found: Found, labels: list[Path]) -> Iterator[str]:
    """Say which images, labels and other files do not belong together."""
    if without := [i for i, label in zip(found.images, labels, strict=True) if not isfile(label)]:
        yield (
            f"images without a label file: {len(without)} of {len(labels)}, taken as images in "
            f"which nobody is ({_some(without)}; looked for {label_of(without[0])})"
        )
    shared = [label for label, count in Counter(labels).items() if count > 1 and isfile(label)]
    if shared:
        yield f"labels that several images share: {len(shared)}, read for each ({_some(shared)})"
    if alone := labels_without_image(found, labels):
        yield f"labels without an image: {len(alone)} ({_some(alone)})"
    if found.others:
        names = _some(found.others)
        yield f"files whose names are not those of images: {len(found.others)} ({names})"


def _some(paths: Iterable[Path]) -> str:
    names = [path.name for path in paths]
    return ", ".join(names[:_FIRST]) + (", ..." if len(names) > _FIRST else "")


def _flips(data: YoloData, skeleton: Skeleton) -> Iterator[str]:
    if data.flip is not None and data.flip != skeleton.flip:
        pairs = zip(data.flip, skeleton.flip, strict=True)
        differ = [name for name, (a, b) in zip(skeleton.keypoints, pairs, strict=True) if a != b]
        yield f"flip_idx of {', '.join(differ)}: their names say what changes places with what"
