"""JSON of MPII: results, the division into splits, the cache of the annotations."""

from __future__ import annotations

import json

from fuzzing import folder, written

from hyperpose_core.errors import HyperposeError
from hyperpose_mpii import cache
from hyperpose_mpii.division import valid_names
from hyperpose_mpii.people import Image, Person
from hyperpose_mpii.predictions import read_people


def seeds() -> list[bytes]:
    result = {"image_id": "a.jpg", "keypoints": [1.0] * 48, "score": 0.5}
    source = written("release.mat", b"")
    person = Person(points=None, head=(1, 2, 3, 4), scale=1.0, center=(1, 2), separated=True)
    cache.store(source, [Image("a.jpg", True, [person])], folder())
    kept = cache.cache_path(source, folder()).read_bytes()
    return [json.dumps([result]).encode(), b'{"valid": ["a.jpg"]}', kept]


def target(data: bytes) -> None:
    source = folder() / "release.mat"
    cache.cache_path(source, folder()).write_bytes(data)
    for image in cache.load(source, folder()) or []:
        assert isinstance(image, Image)
    written("split.json", data)
    try:
        valid_names(folder())
    except HyperposeError:
        read_people(written("people.json", data))
