"""YOLO-pose: the dataset's YAML file, and where its images and labels are.

The format is described at https://docs.ultralytics.com/datasets/pose.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hyperpose_core.errors import DataError
from hyperpose_core.skeletons import COCO, Skeleton
from hyperpose_datatools.conversion.names import category_name

_MOST = 1000
"""Keypoints of a person."""
IMAGES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif"})


@dataclass(frozen=True)
class YoloData:
    """What a data.yaml says.

    Args:
        root: the folder to which the splits' paths are relative.
        splits: by name, folders of images or text files with lists of images.
        columns: 2 or 3 numbers a keypoint: x, y, and the visibility where there are 3.
        names: of the classes, by their numbers.
        keypoints: their names; None where the file does not give them.
    """

    path: Path
    root: Path
    splits: Mapping[str, Sequence[str]]
    count: int
    columns: int
    flip: tuple[int, ...] | None
    names: Mapping[int, str]
    keypoints: tuple[str, ...] | None

    def skeleton(self) -> Skeleton:
        """Return the skeleton that the keypoints' names say, or COCO's where it fits.

        Raises:
            DataError: the file does not name the keypoints, and they are not COCO's.
        """
        if self.keypoints == COCO.keypoints:
            return COCO
        if self.keypoints is not None:
            return Skeleton(self.names[self.person_class()], self.keypoints)
        if self.count == len(COCO) and self.flip in (None, COCO.flip):
            return COCO
        raise DataError(
            f"{self.path} does not name its {self.count} keypoints (kpt_names): give a skeleton "
            f"with --keypoints, a TOML file or coco or mpii"
        )

    def person_class(self) -> int:
        """Return the number of the class whose objects are people.

        Raises:
            DataError: there are several classes and none is called person.
        """
        people = [number for number, name in self.names.items() if name == "person"]
        if len(self.names) == 1 or people:
            return (people or list(self.names))[0]
        raise DataError(
            f"{self.path} has the classes {', '.join(self.names.values())}: one of several must "
            f"be called person"
        )

    def images(self, split: str) -> list[Path]:
        """Return the images of a split, sorted within folders.

        Raises:
            DataError: there is no such split, or its folder or list is missing.
        """
        if split not in self.splits:
            raise DataError(f"{self.path} has no split {split!r}: it has {', '.join(self.splits)}")
        found: list[Path] = []
        for entry in self.splits[split]:
            place = self.root / entry
            if place.is_dir():
                inside = place.rglob("*")
                found += sorted(p for p in inside if p.suffix.lower() in IMAGES)
            elif place.is_file() and place.suffix == ".txt":
                lines = place.read_text("utf-8", errors="replace").split("\n")
                found += [place.parent / line.strip() for line in lines if line.strip()]
            else:
                raise DataError(f"{self.path}: {split} is {entry!r}; there is no {place}")
        return found


def label_of(image: Path) -> Path:
    """Return the label file of an image: the last folder `images` becomes `labels`."""
    parts = list(image.parts)
    for i in range(len(parts) - 2, -1, -1):
        if parts[i] == "images":
            parts[i] = "labels"
            break
    return Path(*parts).with_suffix(".txt")


def read_yaml(path: Path) -> YoloData:
    """Read a data.yaml, or the one in a folder.

    Raises:
        DataError: it cannot be read or is no YAML, or an entry is not as it must be.
    """
    path = path / "data.yaml" if path.is_dir() else path
    content = _mapping(path)
    count, columns = _shape(path, content.get("kpt_shape"))
    splits = {k: _places(path, k, content[k]) for k in ("train", "val", "test") if content.get(k)}
    folder = content.get("path")
    root = path.parent / folder if isinstance(folder, str) else path.parent
    return YoloData(
        path=path,
        root=root if root.is_dir() else path.parent,
        splits=splits,
        count=count,
        columns=columns,
        flip=_flip(path, content.get("flip_idx"), count),
        names=_names(path, content.get("names")),
        keypoints=_keypoints(path, content.get("kpt_names"), count),
    )


def write_yaml(skeleton: Skeleton, splits: Mapping[str, str]) -> str:
    """Return the text of a data.yaml; without `path`, paths are relative to the file."""
    lines = [
        "# Pose annotations in the form of https://docs.ultralytics.com/datasets/pose",
        *(f"{name}: {json.dumps(place)}" for name, place in splits.items()),
        f"kpt_shape: [{len(skeleton)}, 3]",
        f"flip_idx: {list(skeleton.flip)}",
        "names:",
        f"  0: {json.dumps(category_name(skeleton))}",
        "kpt_names:",
        "  0:",
        *(f"    - {json.dumps(name)}" for name in skeleton.keypoints),
    ]
    return "\n".join(lines) + "\n"


def _mapping(path: Path) -> Mapping[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise DataError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise DataError(f"{path} is no table: a data.yaml has kpt_shape, names, train and val")
    return content


def _shape(path: Path, value: Any) -> tuple[int, int]:
    """Return the number of keypoints and of numbers that each has."""
    if isinstance(value, list) and len(value) == 2 and all(type(n) is int for n in value):
        count, columns = value
        if 1 <= count <= _MOST and columns in (2, 3):
            return count, columns
    raise DataError(
        f"{path}: 'kpt_shape' is {_short(value)}; it must be [number of keypoints, 2 or 3]"
    )


def _places(path: Path, key: str, value: Any) -> list[str]:
    places = value if isinstance(value, list) else [value]
    if not all(isinstance(place, str) and place and "\0" not in place for place in places):
        raise DataError(f"{path}: '{key}' is {_short(value)}; it must be a path or a list of paths")
    return places


def _flip(path: Path, value: Any, count: int) -> tuple[int, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or sorted(map(str, value)) != sorted(map(str, range(count))):
        raise DataError(f"{path}: 'flip_idx' is {_short(value)}; it must order 0 to {count - 1}")
    return tuple(int(i) for i in value)


def _names(path: Path, value: Any) -> dict[int, str]:
    if isinstance(value, list):
        value = dict(enumerate(value))
    if isinstance(value, dict) and value and all(type(key) is int for key in value):
        return {key: str(name) for key, name in value.items()}
    raise DataError(f"{path}: 'names' is {_short(value)}; it must name the classes")


def _keypoints(path: Path, value: Any, count: int) -> tuple[str, ...] | None:
    """Read names of keypoints, a list or a list for each class."""
    if isinstance(value, dict):
        value = next(iter(value.values()), None)
    if value is None:
        return None
    good = isinstance(value, list) and len(value) == count
    if not good or not all(isinstance(name, str) and name for name in value):
        raise DataError(f"{path}: 'kpt_names' is {_short(value)}; it must be {count} names")
    if len(set(value)) != count:
        raise DataError(f"{path}: 'kpt_names' has a name twice: {', '.join(value)}")
    return tuple(value)


def _short(value: Any) -> str:
    return "missing" if value is None else f"{value!r:.60}"
