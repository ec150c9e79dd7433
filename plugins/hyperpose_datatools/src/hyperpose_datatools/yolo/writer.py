"""YOLO-pose text: writing a split as labels, images and a data.yaml."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data.image_size import image_size
from hyperpose_core.data.raw import RawSample, RawSplit
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError, InputError
from hyperpose_core.support.files import atomic_path, make_folder, write_text
from hyperpose_datatools.conversion.names import image_ids, relative_names
from hyperpose_datatools.conversion.targets import check_folder
from hyperpose_datatools.file_names import problem
from hyperpose_datatools.yolo.data_yaml import check_split, read_yaml, write_yaml
from hyperpose_datatools.yolo.lost import Lost
from hyperpose_datatools.yolo.orientation import UPRIGHT, orientation, shown_size, to_shown
from hyperpose_datatools.yolo.places import in_labels

_COLUMNS = 3


def write_yolo(split: RawSplit, target: Path, *, files: str = "link") -> list[str]:
    """Write `data.yaml`, `labels/<split>/*.txt` and `images/<split>/`.

    A `data.yaml` that is there keeps its other splits. A `contracts.AnnotationWriter`.

    Args:
        target: the folder.
        files: whether image files are linked, copied, or left where they are (`none`).

    Returns:
        what is lost.

    Raises:
        InputError: the split's name cannot be a folder's; or the folder has data of another
            skeleton or class, or other images of the same names, or cannot be written.
        DataError: an image's name is none that a file can have.
    """
    check_folder(target)
    check_split(split.name)
    others = _other_splits(target, split)
    lost = Lost(split)
    images = target / "images" / split.name
    placed = _placed(split.samples, images, lost)
    _check_apart(placed, images)
    _check_room(placed, images)
    before = set((target / "labels" / split.name).rglob("*.txt"))
    for name, samples in placed.items():
        text = "".join(f"{line}\n" for sample in samples for line in _lines(sample, lost))
        label = in_labels(images / name)
        lost.replaced += label.is_file() and label.read_bytes() != text.encode()
        make_folder(label.parent, "TARGET")
        write_text(label, text)
        lost.files += not _place(samples[0].path, images / name, files)
    lost.stale = len(before - {in_labels(images / name) for name in placed})
    lost.ids = _changed_ids(placed)
    write_text(
        target / "data.yaml",
        write_yaml(split, {**others, split.name: [f"images/{split.name}"]}),
    )
    return list(lost.words())


def _placed(samples: Sequence[Sample], images: Path, lost: Lost) -> dict[str, list[Sample]]:
    """Return the samples by the name of their image, each with a label file of its own.

    A label file is called as its image but for the ending: of several images that differ in it
    alone all but the first get a folder that is called as their ending.
    """
    placed: dict[str, list[Sample]] = {}
    given: dict[str, str] = {}
    labels: set[Path] = set()
    names = relative_names([sample.path for sample in samples])
    for original, sample in zip(names, samples, strict=True):
        name = given.get(original, original)
        if original in given:
            lost.repeated += 1
        else:
            while in_labels(images / name) in labels:
                name = f"{Path(original).suffix.lstrip('.') or 'other'}/{name}"
            if name != original:
                lost.moved.append(name)
        given[original] = name
        if why := problem(Path(name)) or problem(Path(name).with_suffix(".txt")):
            raise DataError(f"an image is called {name!r:.80}, which {why}: nothing was written")
        labels.add(in_labels(images / name))
        placed.setdefault(name, []).append(sample)
    return placed


def _check_apart(placed: Mapping[str, Sequence[Sample]], images: Path) -> None:
    """See that no image or label goes where another one does, or where the folder of one does.

    Raises:
        DataError: one does.
    """
    used = {images / name: name for name in placed}
    for name in placed:
        label = in_labels(images / name)
        if label in used:
            raise DataError(
                f"the label of the image {name!r:.80} goes where the image {used[label]!r:.80} "
                f"goes: rename one of them; nothing was written"
            )
    used |= {in_labels(images / name): name for name in placed}
    for path, name in used.items():
        if folder := next((used[parent] for parent in path.parents if parent in used), None):
            raise DataError(
                f"the image {name!r:.80} or its label lies in a folder that is called as the "
                f"image {folder!r:.80} or its label: rename one of them; nothing was written"
            )


def _check_room(placed: Mapping[str, Sequence[Sample]], images: Path) -> None:
    """See that nothing is where a label or an image goes, but for those of an earlier conversion.

    Raises:
        InputError: there is.
    """
    labels = [in_labels(images / name) for name in placed]
    if wrong := next((path for path in labels if path.exists() and not path.is_file()), None):
        raise InputError(f"{wrong} is no plain file, and a label goes there: choose another TARGET")
    others = [n for n, (sample, *_) in placed.items() if _is_another(sample.path, images / n)]
    if others:
        raise InputError(
            f"{images} has other images of the same names, {len(others)} "
            f"({', '.join(others[:3])}{', ...' if others[3:] else ''}): choose another TARGET or "
            f"--split, or delete them; nothing was written"
        )


def _is_another(source: Path, target: Path) -> bool:
    """Say whether an image is there already, and is not the one that is to be there."""
    if not target.exists() or not source.exists():
        return False
    if not target.is_file():
        return True
    try:
        return not (target.samefile(source) or filecmp.cmp(source, target, shallow=False))
    except OSError as error:
        raise InputError(
            f"cannot compare {source} and {target}, which is there: {error.strerror or error}; "
            f"choose another TARGET"
        ) from error


def _changed_ids(placed: Mapping[str, Sequence[Sample]]) -> int:
    """Count the images whose ids a reader cannot know again from the names."""
    names = sorted(placed, key=lambda name: Path(name).parts)
    again = image_ids([Path(name) for name in names])
    return sum(placed[name][0].image_id != i for name, i in zip(names, again, strict=True))


def _lines(sample: Sample, lost: Lost) -> Iterator[str]:
    lost.count(sample)
    keypoints, boxes, width, height = _as_shown(sample, lost)
    size = np.array([width, height], np.float64)
    crowds: Sequence[bool] = [False] * len(keypoints)
    if isinstance(sample, RawSample) and len(sample.crowds):
        crowds = sample.crowds.tolist()
    for points, box, is_crowd in zip(keypoints, boxes, crowds, strict=True):
        if is_crowd:
            continue
        inside = ((points[:, :2] >= 0) & (points[:, :2] <= size)).all(-1)
        lost.outside += int(((points[:, 2] > 0) & ~inside).sum())
        points[~inside | (points[:, 2] == 0)] = 0
        yield _line(points, _cut(box, size, lost), size)


def _as_shown(
    sample: Sample, lost: Lost
) -> tuple[NDArray[np.float64], NDArray[np.float64], int, int]:
    """Return keypoints, boxes and size of the picture as shown, to which YOLO's labels belong.

    Annotations whose size is that of the picture as shown are so already.
    """
    size, turned = (sample.width, sample.height), orientation(sample.path)
    stored = _stored_size(sample.path, size)
    keypoints, boxes = sample.keypoints.astype(np.float64), sample.boxes.astype(np.float64)
    if size == stored and turned != UPRIGHT:
        return *to_shown(keypoints, boxes, size, turned), *shown_size(size, turned)
    lost.sizes += size not in (stored, shown_size(stored, turned))
    return keypoints, boxes, *size


def _stored_size(path: Path, otherwise: tuple[int, int]) -> tuple[int, int]:
    try:
        return image_size(path)
    except DataError:
        return otherwise  # whoever reads the image names it


def _cut(box: NDArray[np.float64], size: NDArray[np.float64], lost: Lost) -> NDArray[np.float64]:
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


def _other_splits(folder: Path, split: RawSplit) -> dict[str, list[str]]:
    """Return the other splits of a data.yaml that is there, as paths from its folder."""
    path = folder / "data.yaml"
    if not path.is_file():
        return {}
    data = read_yaml(path)
    number = data.class_number(None)
    same = data.keypoints(number) == split.skeleton.keypoints and data.columns == _COLUMNS
    if not same or data.flip not in (None, split.skeleton.flip):
        raise InputError(
            f"{path} is of other keypoints than {split.skeleton.name!r}, or exchanges them "
            f"otherwise in a mirrored image: choose another folder"
        )
    if data.names != {0: split.category}:
        raise InputError(
            f"{path} has the classes {', '.join(data.names.values())}, this split has "
            f"{split.category}: choose another folder"
        )
    moved = {
        name: [os.path.relpath(data.root / place, folder) for place in places]
        for name, places in data.splits.items()
    }
    return {name: places for name, places in moved.items() if name != split.name}


def _place(source: Path, target: Path, files: str) -> bool:
    """Link or copy an image file, and say whether it is there; its annotations are anyway."""
    if files == "none":
        return True
    if not source.is_file():
        return False
    make_folder(target.parent, "TARGET")
    try:
        there = target.exists() and target.samefile(source)  # perhaps the source itself
        if there and (files == "link" or not target.is_symlink()):
            return True
        if files == "copy":
            with atomic_path(target) as temporary:
                shutil.copyfile(source, temporary)
        else:
            target.unlink(missing_ok=True)
            target.symlink_to(source.resolve())
    except OSError as error:
        raise InputError(
            f"cannot {files} {source} to {target}: {error.strerror or error}; try --files copy or "
            f"none"
        ) from error
    return True
