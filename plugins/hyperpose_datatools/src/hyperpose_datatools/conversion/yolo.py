"""YOLO-pose text: reading and writing people, one line each.

A line is the class, the box's middle, width and height, and x, y, visibility of each keypoint; x
and widths are divided by the image's width, y and heights by its height. Pixels are counted as COCO
counts them, from 0: nothing is shifted by half a pixel, as in the format's own converter from COCO.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data.image_size import image_size
from hyperpose_core.data.raw import RawSample, RawSplit
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError, InputError
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.support.files import make_folder, write_text
from hyperpose_datatools.conversion.names import image_ids, relative_names
from hyperpose_datatools.conversion.yolo_files import YoloData, label_of, read_yaml, write_yaml

FILES = ("link", "copy", "none")
"""What becomes of the image files."""
_VISIBLE = 2


def read_yolo(path: Path, split: str, skeleton: Skeleton | None) -> RawSplit:
    """Read a split of a YOLO-pose dataset.

    Args:
        path: the data.yaml, or its folder.
        skeleton: names the keypoints; None: as the data.yaml does.

    Raises:
        DataError: a file cannot be read or is malformed; it names the file and the line.
    """
    data = read_yaml(path)
    skeleton = skeleton or data.skeleton()
    if len(skeleton) != data.count:
        raise DataError(
            f"{data.path} has {data.count} keypoints, the skeleton {skeleton.name!r} has "
            f"{len(skeleton)}"
        )
    person, images = data.person_class(), data.images(split)
    ids = image_ids(images)
    samples: list[Sample] = [
        _sample(data, image, number, person) for image, number in zip(images, ids, strict=True)
    ]
    return RawSplit(split, skeleton, samples)


def _sample(data: YoloData, image: Path, number: int, person: int) -> RawSample:
    width, height = image_size(image)
    size = np.array([width, height])
    rows = np.array(list(_rows(label_of(image), data, person)), np.float64)
    rows = rows.reshape(-1, 4 + data.columns * data.count)
    middle, extent = rows[:, :2] * size, rows[:, 2:4] * size
    points = rows[:, 4:].reshape(len(rows), data.count, data.columns)
    if data.columns == _VISIBLE:
        there = (points >= 0).all(-1) & (points != 0).any(-1)
        points = np.concatenate([points, _VISIBLE * there[..., None]], -1)
    points[..., :2] *= size
    points[points[..., 2] == 0] = 0
    return RawSample(
        image_id=number,
        path=image,
        width=width,
        height=height,
        keypoints=points.astype(np.float32),
        boxes=np.concatenate([middle - extent / 2, extent], -1).astype(np.float32),
    )


def _rows(path: Path, data: YoloData, person: int) -> Iterator[list[float]]:
    """Yield the numbers of the people of a label file; without a file there are none."""
    try:
        text = path.read_text("utf-8") if path.exists() else ""
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
        if values[0] == person:
            yield values[1:].tolist()


def write_yolo(split: RawSplit, folder: Path, files: str = "link") -> list[str]:
    """Write a split: `data.yaml`, `labels/<split>/*.txt`, and `images/<split>/`.

    A `data.yaml` that is there keeps its other splits.

    Args:
        files: whether image files are linked, copied, or left where they are (`none`).

    Returns:
        what is lost.

    Raises:
        InputError: the folder has data of another skeleton, or cannot be written.
    """
    splits = {**_other_splits(folder, split), split.name: f"images/{split.name}"}
    lost = _Lost()
    names = relative_names([sample.path for sample in split.samples])
    for name, sample in zip(names, split.samples, strict=True):
        image = folder / "images" / split.name / name
        text = "".join(f"{line}\n" for line in _lines(sample, lost))
        write_text(label_of(image), text)
        lost.files += not _place(sample.path, image, files)
    write_text(folder / "data.yaml", write_yaml(split.skeleton, splits))
    return lost.words()


class _Lost:
    """Counts what the format cannot hold."""

    def __init__(self) -> None:
        self.crowds = self.outside = self.cut = self.files = 0
        self.areas = self.regions = self.heads = False

    def words(self) -> list[str]:
        """Return what is lost, each a part of a sentence."""
        found = {
            f"crowds: {self.crowds} (their people count as background)": self.crowds,
            "areas": self.areas,
            "segmentations": self.regions,
            "head boxes and scales": self.heads,
            f"keypoints outside of images: {self.outside}": self.outside,
            f"parts of boxes outside of images: {self.cut}": self.cut,
            f"image files that are not there: {self.files} (--images DIR says where)": self.files,
        }
        return [text for text, there in found.items() if there]


def _lines(sample: Sample, lost: _Lost) -> Iterator[str]:
    size = np.array([sample.width, sample.height], np.float64)
    crowds: Sequence[bool] = [False] * len(sample.keypoints)
    if isinstance(sample, RawSample):
        crowds = sample.crowds.tolist() if len(sample.crowds) else crowds
        lost.regions |= any(sample.segmentations)
    elif sample.mask is not None:
        lost.crowds += 1
    lost.areas |= len(getattr(sample, "areas", ())) > 0
    lost.heads |= len(getattr(sample, "head_boxes", ())) > 0
    for points, box, is_crowd in zip(sample.keypoints, sample.boxes, crowds, strict=True):
        if is_crowd:
            lost.crowds += 1
            continue
        points = points.astype(np.float64)
        inside = ((points[:, :2] >= 0) & (points[:, :2] <= size)).all(-1)
        lost.outside += int(((points[:, 2] > 0) & ~inside).sum())
        points[~inside | (points[:, 2] == 0)] = 0
        yield _line(points, _cut(box.astype(np.float64), size, lost), size)


def _cut(box: NDArray[np.float64], size: NDArray[np.float64], lost: _Lost) -> NDArray[np.float64]:
    low, high = np.clip(box[:2], 0, size), np.clip(box[:2] + box[2:], 0, size)
    cut = np.concatenate([low, np.maximum(high - low, 0)])
    lost.cut += int(np.abs(cut - box).max() > 1)
    return cut


def _line(points: NDArray[np.float64], box: NDArray[np.float64], size: NDArray[np.float64]) -> str:
    numbers = [*((box[:2] + box[2:] / 2) / size), *(box[2:] / size)]
    words = [f"{number:.8f}" for number in numbers]
    for (x, y), visibility in zip(points[:, :2] / size, points[:, 2], strict=True):
        words += [f"{x:.8f}", f"{y:.8f}", str(int(visibility))]
    return " ".join(["0", *words])


def _other_splits(folder: Path, split: RawSplit) -> dict[str, str]:
    path = folder / "data.yaml"
    if not path.is_file():
        return {}
    data = read_yaml(path)
    if data.keypoints != split.skeleton.keypoints or data.columns == _VISIBLE:
        raise InputError(
            f"{path} is of other keypoints than {split.skeleton.name!r}: choose another folder"
        )
    return {name: places[0] for name, places in data.splits.items() if len(places) == 1}


def _place(source: Path, target: Path, files: str) -> bool:
    """Link or copy an image file, and say whether it is there; its annotations are anyway."""
    if files == "none":
        return True
    if not source.is_file():
        return False
    make_folder(target.parent)
    try:
        target.unlink(missing_ok=True)
        if files == "link":
            target.symlink_to(source.resolve())
        else:
            shutil.copyfile(source, target)
    except OSError as error:
        raise InputError(
            f"cannot {files} {source} to {target}: {error.strerror or error}; try --files copy or "
            f"none"
        ) from error
    return True
