"""The cache: what was read of the Matlab file, as JSON, because Matlab files are slow to read."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from hyperpose_core.errors import InputError
from hyperpose_core.support.files import write_text
from hyperpose_mpii.people import JOINTS, Image, Person

FORMAT = 1


def load(source: Path, folder: Path | None) -> list[Image] | None:
    """Return what `store` kept, None where it is absent, damaged or of another file than `source`.

    The file is known by its size and the time of its last change.
    """
    try:
        content = json.loads(cache_path(source, folder).read_bytes())
        if content["key"] != _key(source):
            return None
        return [_image(entry) for entry in content["images"]]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None


def store(source: Path, images: list[Image], folder: Path | None) -> bool:
    """Keep what was read of `source`; return whether that was possible."""
    path = cache_path(source, folder)
    # Root may write everywhere, also into folders that are marked as read-only.
    if folder is None and not path.parent.stat().st_mode & 0o222:
        return False
    content = {"key": _key(source), "images": [_plain(image) for image in images]}
    try:
        write_text(path, json.dumps(content, separators=(",", ":")))
    except (OSError, InputError):
        return False
    return True


def cache_path(source: Path, folder: Path | None) -> Path:
    """Return where what is read of `source` is kept; `folder` None: beside it."""
    return (folder or source.parent) / f"{source.stem}.cache.json"


def _key(source: Path) -> list[int]:
    status = os.stat(source)
    return [FORMAT, status.st_size, status.st_mtime_ns]


def _plain(image: Image) -> dict[str, Any]:
    people = [
        {**vars(person), "points": None if person.points is None else person.points.tolist()}
        for person in image.people
    ]
    return {**vars(image), "people": people}


def _image(entry: dict[str, Any]) -> Image:
    people = [_person(person) for person in entry["people"]]
    return dataclasses.replace(Image(**entry), people=people)


def _person(entry: dict[str, Any]) -> Person:
    points = None
    if entry["points"] is not None:
        points = np.array(entry["points"], np.float64).reshape(JOINTS, 3)
    head, center = entry["head"], entry["center"]
    return Person(
        points=points,
        head=None if head is None else (head[0], head[1], head[2], head[3]),
        scale=entry["scale"],
        center=None if center is None else (center[0], center[1]),
        separated=entry["separated"],
    )
