"""Reading annotations of one format and writing them in another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from hyperpose_coco.form.writer import write_coco
from hyperpose_core.build.dataset import open_split
from hyperpose_core.config import Config
from hyperpose_core.data.raw import RawSplit
from hyperpose_core.errors import DataError, InputError
from hyperpose_core.registry import Registry, get_registry
from hyperpose_core.skeletons import COCO, MPII, Skeleton
from hyperpose_core.skeletons.converters import converter
from hyperpose_core.skeletons.table import read_skeleton
from hyperpose_core.specs import DatasetSpec
from hyperpose_core.support.names import normalize
from hyperpose_datatools.conversion.names import image_root
from hyperpose_datatools.conversion.yolo import read_yolo, write_yolo

_KNOWN = {"coco": COCO, "mpii": MPII}
_ENDINGS = {".json": "coco", ".yaml": "yolo", ".yml": "yolo"}


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
    files: str = "link",
    registry: Registry | None = None,
) -> Converted:
    """Read one split of annotations and write it in another format.

    Args:
        source: a JSON file in COCO's form, a YOLO data.yaml or its folder, or the folder of an
            installed dataset.
        target: a file; for YOLO a folder.
        to: `coco`, `yolo`, or a dataset whose plugin has a writer (`mpii`).
        source_format: `coco`, `yolo`, or the name of a dataset; None: as the file's ending says.
        images: the folder of a JSON file's images; None: its own.
        category: of a JSON file; None: the only one that has keypoints.
        keypoints: names the keypoints of a YOLO dataset that does not: `coco`, `mpii`, or a TOML
            file.
        skeleton: what the keypoints are converted to, by name; None: as they are, or as the target
            needs.
        files: what `write_yolo` does with image files.

    Raises:
        InputError: an unknown format, or one that cannot be written.
        DataError: the source cannot be read, or is malformed.
    """
    registry = registry or get_registry()
    writer = _writer(to, registry)
    read = _read(
        source,
        _format(source, source_format),
        split,
        version,
        images,
        category,
        keypoints,
        registry,
    )
    _check(read, source)
    if skeleton is None and isinstance(writer, DatasetSpec):
        wanted = _needed(writer, read.skeleton)
    else:
        wanted = _skeleton(skeleton)
    lost: list[str] = []
    if wanted is not None and wanted.keypoints != read.skeleton.keypoints:
        read, lost = _in_skeleton(read, wanted, registry)
    if isinstance(writer, DatasetSpec):
        lost += registry.load_part("dataset", to, "writer")(read.samples, target)
    else:
        lost += write_coco(read, target) if writer == "coco" else write_yolo(read, target, files)
    return Converted(
        written=target,
        images=len(read.samples),
        people=sum(int((s.keypoints[..., 2] > 0).any(-1).sum()) for s in read.samples),
        image_root=image_root([sample.path for sample in read.samples]),
        lost=lost,
    )


def _format(source: Path, given: str | None) -> str:
    if given is not None:
        return given
    if source.suffix.lower() in _ENDINGS:
        return _ENDINGS[source.suffix.lower()]
    if (source / "data.yaml").is_file():
        return "yolo"
    raise InputError(
        f"cannot tell the format of {source}: say --from coco (a JSON file), yolo (a data.yaml) or "
        f"the name of an installed dataset (its folder)"
    )


def _writer(to: str, registry: Registry) -> str | DatasetSpec:
    """Return `coco`, `yolo`, or the spec of a dataset that has a writer."""
    if normalize(to) in ("coco", "yolo"):
        return normalize(to)
    spec = cast(DatasetSpec, registry.get("dataset", to))
    if spec.writer is None:
        writers = [s.name for s in registry.specs("dataset") if getattr(s, "writer", None)]
        raise InputError(
            f"nobody writes the format of {spec.name}: choose one of coco, yolo"
            f"{''.join(', ' + name for name in writers)}"
        )
    return spec


def _read(
    source: Path,
    source_format: str,
    split: str,
    version: str | None,
    images: Path | None,
    category: str | None,
    keypoints: str | None,
    registry: Registry,
) -> RawSplit:
    of_json = normalize(source_format) == "coco" and not source.is_dir()
    if category is not None and not of_json:
        raise InputError("only a JSON file in COCO's form has categories: leave --category out")
    if normalize(source_format) == "yolo":
        return read_yolo(source, split, _skeleton(keypoints))
    config = Config()
    config.data.type, config.data.path, config.data.version = source_format, str(source), version
    if of_json:
        folder = (source.parent if images is None else images).resolve()
        config.data.type, config.data.path, config.data.version = "coco-custom", "/", None
        places = {"annotations": str(source.resolve()), "images": str(folder)}
        config.data.options = {**places, "category": category}
    return open_split(config, split, registry)


def _check(split: RawSplit, source: Path) -> None:
    """See that there is something to convert, and that the size of every image is known.

    Raises:
        DataError: there is no image, or some cannot be read and the annotations do not say more.
    """
    if not split.samples:
        raise DataError(f"there is no image in the split {split.name!r} of {source}")
    if unknown := [str(s.path) for s in split.samples if not (s.width and s.height)]:
        raise DataError(
            f"{len(unknown)} images of {source} cannot be read, and nothing else says their size: "
            f"{', '.join(unknown[:3])}{', ...' if unknown[3:] else ''}"
        )


def _skeleton(name: str | None) -> Skeleton | None:
    if name is None:
        return None
    return _KNOWN[name.lower()] if name.lower() in _KNOWN else read_skeleton(name)


def _needed(writer: DatasetSpec, has: Skeleton) -> Skeleton | None:
    """Return the skeleton of a dataset's format; None where the keypoints are in it already."""
    if writer.skeleton in (None, has.name):
        return None
    if known := _KNOWN.get(str(writer.skeleton)):
        return known
    raise InputError(
        f"the format of {writer.name} has the keypoints {writer.skeleton!r}, the source has "
        f"{has.name!r}: describe them in a TOML file and give it with --skeleton"
    )


def _in_skeleton(split: RawSplit, to: Skeleton, registry: Registry) -> tuple[RawSplit, list[str]]:
    """Convert keypoints by name, and say which are lost and which nobody annotated."""
    points = converter(split.skeleton, to, registry)
    samples = [replace(s, keypoints=points(s.keypoints)) for s in split.samples]
    probe = points(np.ones((len(split.skeleton), 3), np.float32))
    used = {*to.keypoints, *(part for parts in to.derived.values() for part in parts)}
    dropped = [name for name in split.skeleton.keypoints if name not in used]
    unknown = [name for name, point in zip(to.keypoints, probe, strict=True) if not point[2]]
    return replace(split, skeleton=to, samples=samples), _words(dropped, unknown)


def _words(dropped: Sequence[str], unknown: Sequence[str]) -> list[str]:
    lost = [f"the keypoints {', '.join(dropped)}"] if dropped else []
    if unknown:
        lost.append(f"{', '.join(unknown)} are not annotated in the source")
    return lost
