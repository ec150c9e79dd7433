"""A skeleton of one's own in TOML."""

from __future__ import annotations

from fuzzing import written

from hyperpose_core.skeletons.table import read_skeleton

WHOLE = b"""name = "mine"
keypoints = ["nose", "left_ear", "right_ear"]
limbs = [["nose", "left_ear"], [0, 2]]
flip_pairs = [["left_ear", "right_ear"]]
[sigmas]
nose = 0.026
left_ear = 0.1
right_ear = 0.1
[derived]
nose = ["left_ear", "right_ear"]
"""


def seeds() -> list[bytes]:
    return [WHOLE]


def target(data: bytes) -> None:
    skeleton = read_skeleton(written("mine.toml", data))
    assert len(skeleton.flip) == len(skeleton)
