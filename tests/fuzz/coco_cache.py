"""The cache of what was read of annotations: damaged, it is made anew, with the same people."""

from __future__ import annotations

import os

import numpy as np
from fuzzing import folder, written

from fuzz import coco_annotations
from hyperpose_coco.form import cached
from hyperpose_coco.form.annotations import read_annotations
from hyperpose_datatools import caching


def seeds() -> list[bytes]:
    _read()
    (path,) = caching.folder().glob("*.npz")
    return [path.read_bytes()]


def target(data: bytes) -> None:
    _read()
    (path,) = caching.folder().glob("*.npz")
    path.write_bytes(data)
    people = _read()
    assert [person["id"] for person in people] == [1, 2, 3]
    assert all(np.isfinite(person["keypoints"]).all() for person in people)


def _read() -> list[dict[str, object]]:
    os.environ["XDG_CACHE_HOME"] = str(folder() / "own-cache")
    least, cached.LEAST = cached.LEAST, 1
    try:
        path = written("cached.json", coco_annotations.seeds()[0])
        return read_annotations(path, 3, least_area=1).people[1]
    finally:
        cached.LEAST = least
