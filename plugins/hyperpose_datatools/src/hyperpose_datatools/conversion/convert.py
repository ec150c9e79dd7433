"""Reading annotations of one format and writing them in another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from hyperpose_core.build.known_skeletons import named_skeleton
from hyperpose_core.data.raw import RawSplit
from hyperpose_core.errors import DataError, InputError, UnknownComponentError
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.skeletons.converters import converter
from hyperpose_core.specs import AnnotationFormatSpec
from hyperpose_datatools.conversion import formats
from hyperpose_datatools.conversion.names import check_names, image_root
from hyperpose_datatools.conversion.targets import check_apart, check_source, check_target


@dataclass(frozen=True)
class Converted:
    """What a conversion did.

    Args:
        lost: what the target cannot carry, or what had to be made up; parts of a sentence.
        image_root: the folder to which the names of images are relative.
    """

    written: Path
    images: int
    people: int
    image_root: Path
    lost: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return what `hyperpose convert --json` prints."""
        return {
            "written": str(self.written),
            "images": self.images,
            "people": self.people,
            "image_root": str(self.image_root),
            "lost": self.lost,
        }


def convert_annotations(
    source: Path,
    target: Path,
    *,
    to: str,
    source_format: str | None = None,
    split: str = "train",
    version: str | None = None,
    images: Path | None = None,
    category: str | None = None,
    keypoints: str | None = None,
    skeleton: str | None = None,
    files: str | None = None,
    registry: Registry | None = None,
) -> Converted:
    """Read one split of annotations and write it in another format.

    Args:
        source: a file or folder in a format that a plugin reads, or the folder of an installed
            dataset.
        target: a file, or a folder where the format is several files, as YOLO's.
        to: the name of a format that a plugin writes: `coco`, `yolo`, `mpii`, or a stranger's.
        source_format: the name of a format or of a dataset; None: as the file's ending says.
        version: of the dataset in a folder.
        images: the folder of a JSON file's images; None: its own.
        category: which one of several; None: the only one that has keypoints.
        keypoints: names the keypoints of a file that does not: a registered skeleton, or a TOML
            file.
        skeleton: what the keypoints are converted to, likewise; None: as they are, or as the target
            needs.
        files: what becomes of image files, where the format has them too; None: as it does.

    Raises:
        InputError: a format that cannot be read or written, an option that it does not have, or a
            target that is the source or cannot be written.
        UnknownComponentError, PluginError: a format or skeleton is not there, or fails.
        DataError: the source cannot be read, or is malformed.
    """
    registry = registry or get_registry()
    written = formats.writer_of(to, registry)
    check_source(source)
    check_target(target)
    check_apart(source, target, formats.names_in_folders(registry))
    given = {
        "version": version,
        "images": images,
        "category": category,
        "keypoints": None if keypoints is None else named_skeleton(keypoints, registry),
    }
    read = formats.read(source, source_format, split, given, registry)
    _check(read, source)
    wanted = _wanted(skeleton, written, read.skeleton, registry)
    lost = list(read.lost)
    if wanted is not None and wanted.keypoints != read.skeleton.keypoints:
        read, words = _in_skeleton(read, wanted, registry)
        lost += words
    lost += formats.write(read, target, to, {"files": files}, registry)
    return Converted(
        written=target,
        images=len(read.samples),
        people=sum(int((s.keypoints[..., 2] > 0).any(-1).sum()) for s in read.samples),
        image_root=image_root([sample.path for sample in read.samples]),
        lost=lost,
    )


def _check(split: RawSplit, source: Path) -> None:
    """See that there is something to convert, with names, and that every image's size is known.

    Raises:
        DataError: there is no image, one has no name, or some cannot be read and the annotations
            do not say more.
    """
    if not split.samples:
        raise DataError(f"there is no image in the split {split.name!r} of {source}")
    check_names([sample.path for sample in split.samples], source)
    if unknown := [str(s.path) for s in split.samples if not (s.width and s.height)]:
        raise DataError(
            f"{len(unknown)} images of {source} cannot be read, and nothing else says their size: "
            f"{', '.join(unknown[:3])}{', ...' if unknown[3:] else ''}"
        )


def _wanted(
    name: str | None, written: AnnotationFormatSpec, has: Skeleton, registry: Registry
) -> Skeleton | None:
    """Return the skeleton to convert to; None where the keypoints stay as they are."""
    if name is not None:
        return named_skeleton(name, registry)
    if written.skeleton in (None, has.name):
        return None
    try:
        return named_skeleton(str(written.skeleton), registry)
    except UnknownComponentError as error:
        raise InputError(
            f"the format {written.name} has the keypoints {written.skeleton!r}, the source has "
            f"{has.name!r}: describe them in a TOML file and give it with --skeleton ({error})"
        ) from error


def _in_skeleton(split: RawSplit, to: Skeleton, registry: Registry) -> tuple[RawSplit, list[str]]:
    """Convert keypoints by name, and say which are lost and which nobody annotated."""
    points = converter(split.skeleton, to, registry)
    samples = [replace(s, keypoints=points(s.keypoints)) for s in split.samples]
    probe = points(np.ones((len(split.skeleton), 3), np.float32))
    used = {*to.keypoints, *(part for parts in to.derived.values() for part in parts)}
    dropped = [i for i, name in enumerate(split.skeleton.keypoints) if name not in used]
    count = sum(int((s.keypoints[:, dropped, 2] > 0).sum()) for s in split.samples)
    unknown = [name for name, point in zip(to.keypoints, probe, strict=True) if not point[2]]
    names = [split.skeleton.keypoints[i] for i in dropped]
    return replace(split, skeleton=to, samples=samples), _words(names, count, unknown)


def _words(dropped: Sequence[str], count: int, unknown: Sequence[str]) -> list[str]:
    lost = [f"the keypoints {', '.join(dropped)}: {count} points"] if dropped else []
    if unknown:
        lost.append(f"{', '.join(unknown)} are not annotated in the source")
    return lost
