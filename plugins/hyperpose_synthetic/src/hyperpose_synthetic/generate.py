"""Generation: the whole dataset on disk, complete or not there at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from hyperpose_core.errors import DataError
from hyperpose_core.skeletons import Skeleton
from hyperpose_synthetic.labels import label_scene
from hyperpose_synthetic.options import Options
from hyperpose_synthetic.scene import make_scene

SPLITS = ("train", "val")
_QUALITY = 90
_UNFINISHED = ".unfinished-"
_STALE = 3600.0
"""Seconds after which an unfinished folder is one that nobody works on any more."""


def annotation_file(folder: Path, split: str) -> Path:
    """Return where the annotations of a split are."""
    return folder / "annotations" / f"person_keypoints_{split}.json"


def make_dataset(folder: Path, skeleton: Skeleton, options: Options) -> Path:
    """Make the dataset if it is not there, and return its folder.

    It is made under another name and renamed when complete. The annotations depend on the options
    only, to the byte; the pictures also on the version of the JPEG encoder.

    Raises:
        DataError: the folder cannot be written.
    """
    try:
        if folder.is_dir():
            return folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        _clean(folder.parent)
        unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder.parent))
        try:
            for index, split in enumerate(SPLITS):
                _make_split(unfinished, split, index, skeleton, options)
            _publish(unfinished, folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        raise DataError(
            f"cannot write the synthetic pictures to {folder.parent}: {error.strerror or error}; "
            f"choose another folder with data.path"
        ) from error
    return folder


def _publish(unfinished: Path, folder: Path) -> None:
    unfinished.chmod(0o755)
    try:
        unfinished.rename(folder)
    except OSError:
        # Another process may have made the same pictures at the same time: theirs are as good.
        if not folder.is_dir():
            raise


def _clean(parent: Path) -> None:
    for old in parent.glob(_UNFINISHED + "*"):
        if time.time() - old.stat().st_mtime > _STALE:
            shutil.rmtree(old, ignore_errors=True)


def _make_split(root: Path, split: str, index: int, skeleton: Skeleton, options: Options) -> None:
    folder = root / split
    folder.mkdir()

    def make(number: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        rng = np.random.default_rng([options.seed, index, number])
        scene = make_scene(rng, options)
        name, image_id = f"{number:06d}.jpg", number + 1
        _write_jpeg(folder / name, scene.image)
        size = {"width": options.width, "height": options.height}
        image = {"id": image_id, "file_name": name, **size}
        return image, label_scene(scene, skeleton, image_id)

    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        made = list(pool.map(make, range(options.counts[split])))
    people = [person for _, entries in made for person in entries]
    content = {
        "info": {"description": "HyperPose synthetic people"},
        "images": [image for image, _ in made],
        "annotations": [{"id": i, **person} for i, person in enumerate(people, start=1)],
        "categories": [_category(skeleton)],
    }
    path = annotation_file(root, split)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, separators=(",", ":")), encoding="ascii")


def _category(skeleton: Skeleton) -> dict[str, Any]:
    return {
        "id": 1,
        "name": "person",
        "supercategory": "person",
        "keypoints": list(skeleton.keypoints),
        "skeleton": [[a + 1, b + 1] for a, b in skeleton.limbs],
    }


def _write_jpeg(path: Path, image: np.ndarray[Any, np.dtype[np.uint8]]) -> None:
    done, coded = cv2.imencode(".jpg", image[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))
    if not done:
        raise DataError(f"cannot write {path} as JPEG")
    path.write_bytes(coded.tobytes())
