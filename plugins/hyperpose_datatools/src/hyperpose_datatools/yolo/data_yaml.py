"""The data.yaml of a YOLO-pose dataset (https://docs.ultralytics.com/datasets/pose)."""

from __future__ import annotations

import json
import re
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os.path import isdir
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from hyperpose_core.build.known_skeletons import named_skeleton, skeleton_with
from hyperpose_core.data.raw import RawSplit
from hyperpose_core.errors import DataError, InputError, UnknownComponentError
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.support.files import read_text
from hyperpose_datatools.file_names import problem

if TYPE_CHECKING:
    import yaml

_SPLITS = ("train", "val", "test")
"""The names that the format knows; others are read as `write_yaml` writes them."""
_NO_SPLITS = frozenset(
    {*("path", "nc", "channels", "names", "kpt_shape", "flip_idx", "kpt_names", "download")}
    | {"images", "labels"}
)
"""Entries that mean something else, and folders that stand for one another."""
_MOST = 1000
"""Keypoints of a person."""
_MOST_MERGED = 10_000
"""Entries that are merged into a table."""


@dataclass(frozen=True)
class YoloData:
    """What a data.yaml says.

    Args:
        root: the folder to which the splits' paths are relative.
        splits: by name, folders of images or text files with lists of images.
        columns: 2 or 3 numbers a keypoint: x, y, and the visibility where there are 3.
        names: of the classes, by their numbers.
        flip: for each keypoint the index of its mirror image; None where the file does not say.
        given_names: of the keypoints, as `kpt_names` has them.
    """

    path: Path
    root: Path
    splits: Mapping[str, Sequence[str]]
    count: int
    columns: int
    flip: tuple[int, ...] | None
    names: Mapping[int, str]
    given_names: Any

    def class_number(self, name: str | None) -> int:
        """Return the number of a class, of the only one, or of the one that is called person.

        Raises:
            DataError: there is no such class, or several and none is called person.
        """
        named = [number for number, found in self.names.items() if found == (name or "person")]
        if named or (len(self.names) == 1 and name is None):
            return (named or list(self.names))[0]
        classes = ", ".join(self.names.values())
        if name is not None:
            raise DataError(f"{self.path} has no class {name!r}: it has {classes}")
        raise DataError(
            f"{self.path} has the classes {classes}: one of several must be called person, or be "
            f"chosen with --category"
        )

    def keypoints(self, number: int) -> tuple[str, ...] | None:
        """Return the names of the keypoints of a class; None where the file does not give them.

        Raises:
            DataError: they are not as many names as there are keypoints.
        """
        value = self.given_names
        if isinstance(value, dict):
            value = value.get(number, value.get(self.names[number]))
        if value is None:
            return None
        where = f"{self.path}: 'kpt_names' of the class {self.names[number]!r}"
        good = isinstance(value, list) and len(value) == self.count
        if not good or not all(isinstance(name, str) and name for name in value):
            raise DataError(f"{where} is {_short(value)}; it must be {self.count} names")
        if len(set(value)) != self.count:
            raise DataError(f"{where} has a name twice: {', '.join(value)}")
        return tuple(value)

    def skeleton(self, number: int) -> Skeleton:
        """Return the skeleton that the keypoints' names say, or COCO's where it fits.

        Which keypoints change places in a mirrored image is as `flip_idx` says, as far as their
        names do not.

        Raises:
            DataError: the file does not name the keypoints, and they are not COCO's.
        """
        names = self.keypoints(number)
        if names is not None:
            known = skeleton_with(names)
            return self._flipped(known or Skeleton(self.names[number], names))
        coco = _coco()
        if coco is not None and self.count == len(coco) and self.flip in (None, coco.flip):
            return coco
        raise DataError(
            f"{self.path} does not name its {self.count} keypoints (kpt_names): give a skeleton "
            f"with --keypoints, a TOML file or the name of an installed one"
        )

    def _flipped(self, skeleton: Skeleton) -> Skeleton:
        if self.flip in (None, skeleton.flip):
            return skeleton
        pairs = [(a, b) for a, b in enumerate(self.flip or ()) if a < b]
        named = tuple((skeleton.keypoints[a], skeleton.keypoints[b]) for a, b in pairs)
        return replace(skeleton, flip_pairs=named)


def _coco() -> Skeleton | None:
    """Return the skeleton that 17 keypoints without names are of, where it is installed."""
    try:
        return named_skeleton("coco")
    except UnknownComponentError:
        return None


def read_yaml(path: Path) -> YoloData:
    """Read a data.yaml, or the one in a folder.

    Raises:
        DataError: it cannot be read or is no YAML, or an entry is not as it must be.
    """
    path = path / "data.yaml" if path.is_dir() else path
    content = _mapping(path)
    count, columns = _shape(path, content.get("kpt_shape"))
    given = {k: v for k, v in content.items() if v and k != "validation"}
    given.setdefault("val", content.get("validation"))
    splits = {k: _places(path, k, given[k]) for k in _SPLITS if given.get(k)}
    splits |= {k: [value] for k, value in given.items() if _is_split(k) and value == f"images/{k}"}
    folder = content.get("path")
    root = path.parent / folder if isinstance(folder, str) else path.parent
    return YoloData(
        path=path,
        root=root if isdir(root) else path.parent,
        splits=splits,
        count=count,
        columns=columns,
        flip=_flip(path, content.get("flip_idx"), count),
        names=_names(path, content.get("names")),
        given_names=content.get("kpt_names"),
    )


def _is_split(name: Any) -> bool:
    plain = isinstance(name, str) and re.fullmatch(r"\w[\w .+-]*", name)
    return bool(plain) and name not in _NO_SPLITS and not problem(PurePath(name))


def check_split(name: str) -> None:
    """See that a split can be a folder and an entry of a data.yaml.

    Raises:
        InputError: it cannot.
    """
    if not _is_split(name):
        raise InputError(
            f"the split is called {name!r:.80}; in YOLO's form it is a folder's name of letters, "
            f"digits, '_', '.', '-', '+' and spaces, such as train, val or test, and none of "
            f"{', '.join(sorted(_NO_SPLITS))}: choose another one (--split)"
        )


def write_yaml(split: RawSplit, splits: Mapping[str, Sequence[str]]) -> str:
    """Return the text of a data.yaml; without `path`, paths are relative to the file.

    Args:
        split: whose keypoints and category it names.
        splits: where the images of each split are.
    """
    skeleton = split.skeleton
    lines = [
        "# Pose annotations in the form of https://docs.ultralytics.com/datasets/pose",
        *(
            f"{name if name in _SPLITS else json.dumps(name)}: "
            f"{json.dumps(places[0] if len(places) == 1 else places)}"
            for name, places in splits.items()
        ),
        f"kpt_shape: [{len(skeleton)}, 3]",
        f"flip_idx: {list(skeleton.flip)}",
        "names:",
        f"  0: {json.dumps(split.category)}",
        "kpt_names:",
        "  0:",
        *(f"    - {json.dumps(name)}" for name in skeleton.keypoints),
    ]
    return "\n".join(lines) + "\n"


def _mapping(path: Path) -> Mapping[str, Any]:
    import yaml

    if path.exists() and not path.is_file():
        raise DataError(f"{path} is no plain file: give a data.yaml, or the folder that has one")
    try:
        content = yaml.load(read_text(path), _loader())
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise DataError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise DataError(f"{path} is no table: a data.yaml has kpt_shape, names, train and val")
    return content


def _loader() -> type[yaml.SafeLoader]:
    """Return PyYAML's safe loader, but for tables that are merged (`<<`) over and over."""
    import yaml

    class Loader(yaml.SafeLoader):
        def flatten_mapping(self, node: yaml.MappingNode) -> None:
            own = len(node.value)
            super().flatten_mapping(node)
            if len(node.value) > own + _MOST_MERGED:
                raise yaml.YAMLError("tables that are merged over and over")

    return Loader


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
    flip = tuple(int(i) for i in value)
    if any(flip[flip[i]] != i for i in flip):
        raise DataError(f"{path}: 'flip_idx' is {_short(value)}; it must exchange pairs")
    return flip


def _names(path: Path, value: Any) -> dict[int, str]:
    if isinstance(value, list):
        value = dict(enumerate(value))
    if isinstance(value, dict) and value and all(type(key) is int for key in value):
        return {key: str(name) for key, name in value.items()}
    raise DataError(f"{path}: 'names' is {_short(value)}; it must name the classes")


def _short(value: Any) -> str:
    return "missing" if value is None else reprlib.repr(value)[:60]
